"""The settings a run is planned from."""

from dataclasses import dataclass

from jfjoch.model.detector import Detector
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.image_format import ImageFormatSettings
from jfjoch.model.instrument import InstrumentMetadata


@dataclass(frozen=True, slots=True)
class Experiment:
    """Everything but the dataset settings; read by ``receiver.planning`` only."""

    detector: Detector
    detector_settings: DetectorSettings
    image_format: ImageFormatSettings
    instrument: InstrumentMetadata
