"""What the broker is doing, and which version it is."""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from jfjoch import __version__
from jfjoch.broker.http.declared_responses import PLAIN_TEXT
from jfjoch.broker.http.facade import Broker
from jfjoch.model.status import BrokerStatus

router = APIRouter()


@router.get("/status", operation_id="status_get", response_model_exclude_none=True)
def status(broker: Broker) -> BrokerStatus:
    """State, progress and message (B142)."""
    return broker.status()


@router.get(
    "/version",
    operation_id="version_get",
    response_class=PlainTextResponse,
    responses=PLAIN_TEXT,
)
async def version() -> str:
    """Version of this package (B148)."""
    return __version__
