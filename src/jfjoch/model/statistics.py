"""All that a watcher asks for, in one answer (/statistics)."""

from jfjoch.model.base import WireModel
from jfjoch.model.calibration_statistics import CalibrationStatisticsInner
from jfjoch.model.detector_list import DetectorList
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.detector_status import DetectorStatus
from jfjoch.model.fpga_status import FpgaStatusInner
from jfjoch.model.image_format import ImageFormatSettings
from jfjoch.model.instrument import InstrumentMetadata
from jfjoch.model.pixel_mask_statistics import PixelMaskStatistics
from jfjoch.model.roi import RoiDefinitions
from jfjoch.model.spot_finding import SpotFindingSettings
from jfjoch.model.status import BrokerStatus, MeasurementStatistics
from jfjoch.model.zeromq import ZeromqMetadataSettings, ZeromqPreviewSettings


class JfjochStatistics(WireModel):
    """Everything at one moment; what there is not (yet) is left out (B170)."""

    detector: DetectorStatus | None = None
    detector_list: DetectorList | None = None
    detector_settings: DetectorSettings | None = None
    image_format_settings: ImageFormatSettings | None = None
    instrument_metadata: InstrumentMetadata | None = None
    data_processing_settings: SpotFindingSettings | None = None
    measurement: MeasurementStatistics | None = None
    broker: BrokerStatus | None = None
    fpga: list[FpgaStatusInner] | None = None
    calibration: list[CalibrationStatisticsInner] | None = None
    zeromq_preview: ZeromqPreviewSettings | None = None
    zeromq_metadata: ZeromqMetadataSettings | None = None
    pixel_mask: PixelMaskStatistics | None = None
    roi: RoiDefinitions | None = None
