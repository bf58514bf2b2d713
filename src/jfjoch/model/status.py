"""What the broker says about itself."""

from typing import Annotated, Literal

from pydantic import Field

from jfjoch.errors import Reason
from jfjoch.model.base import WireModel

BrokerState = Literal["Inactive", "Idle", "Busy", "Measuring", "Pedestal", "Error"]
Severity = Literal["success", "info", "warning", "error"]


class BrokerStatus(WireModel):
    """Answer of GET /status; ``progress`` only while something runs (B142)."""

    state: BrokerState
    progress: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    message: str | None = None
    message_severity: Severity = "error"


class ErrorMessage(WireModel):
    """Body of a 500 answer (B003)."""

    msg: str
    reason: Reason


class MeasurementStatistics(WireModel):
    """Answer of GET /statistics/data_collection (B171)."""

    file_prefix: str | None = None
    run_number: int | None = None
    experiment_group: str | None = None
    images_expected: int | None = None
    images_collected: int | None = None
    images_sent: int | None = None
    images_discarded_lossy_compression: int | None = None
    max_image_number_sent: int | None = None
    collection_efficiency: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    compression_ratio: Annotated[float, Field(ge=0.0)] | None = None
    cancelled: bool | None = None
    max_receiver_delay: int | None = None
    indexing_rate: float | None = None
    detector_width: int | None = None
    detector_height: int | None = None
    detector_pixel_depth: Literal[2, 4] | None = None
    bkg_estimate: float | None = None
    unit_cell: str | None = None
