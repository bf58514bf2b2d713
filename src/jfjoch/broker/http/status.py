"""What the broker is doing, and which version it is."""

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from jfjoch import __version__
from jfjoch.broker.http.declared_responses import NOTHING_YET, PLAIN_TEXT, TEXT_FAILURE
from jfjoch.broker.http.facade import Broker, Report
from jfjoch.model.detector_status import DetectorStatus
from jfjoch.model.fpga_status import FpgaStatusInner
from jfjoch.model.status import BrokerStatus

router = APIRouter()

# What waits for nothing is answered by the event loop itself: it has not to queue for one of the
# threads that commands may fill.


@router.get("/status", operation_id="status_get", response_model_exclude_none=True)
async def status(broker: Broker) -> BrokerStatus:
    """State, progress and message (B142)."""
    return broker.status()


@router.get(
    "/detector/status",
    operation_id="detector_status_get",
    response_model=DetectorStatus,
    responses=NOTHING_YET | TEXT_FAILURE,
)
def detector_status(report: Report) -> DetectorStatus | Response:
    """What the detector says about itself; 404 while it is Inactive (B145)."""
    told = report.detector_status()
    return Response(status_code=404) if told is None else told


@router.get("/fpga_status", operation_id="fpga_status_get")
def fpga_status(report: Report) -> list[FpgaStatusInner]:
    """The devices that bring frames in (B144)."""
    return report.fpga_status()


@router.get(
    "/version",
    operation_id="version_get",
    response_class=PlainTextResponse,
    responses=PLAIN_TEXT,
)
async def version() -> str:
    """Version of this package (B148)."""
    return __version__
