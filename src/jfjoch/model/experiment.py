"""The settings a run is planned from."""

from dataclasses import dataclass

from jfjoch.model.azim_int import DEFAULT_AZIM_INT, AzimIntSettings
from jfjoch.model.detector import Detector
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.image_format import ImageFormatSettings
from jfjoch.model.instrument import InstrumentMetadata
from jfjoch.model.roi import NO_ROI, RoiDefinitions
from jfjoch.model.spot_finding import DEFAULT_SPOT_FINDING, SpotFindingSettings


@dataclass(frozen=True, slots=True)
class Experiment:
    """Everything but the dataset settings; read by ``receiver.planning`` only."""

    detector: Detector
    detector_settings: DetectorSettings
    image_format: ImageFormatSettings
    instrument: InstrumentMetadata
    azim_int: AzimIntSettings = DEFAULT_AZIM_INT
    spot_finding: SpotFindingSettings = DEFAULT_SPOT_FINDING
    """Those at the start of the run; they may change while it lasts (B116)."""
    roi: RoiDefinitions = NO_ROI
