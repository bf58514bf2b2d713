"""Settings of the streams for whoever listens: preview and metadata."""

from fastapi import APIRouter, Response

from jfjoch.broker.http.declared_responses import BAD_INPUT, FAILURE
from jfjoch.broker.http.facade import Streams
from jfjoch.broker.http.json_body import JsonRoute
from jfjoch.model.zeromq import ZeromqMetadataSettings, ZeromqPreviewSettings

router = APIRouter(prefix="/config", route_class=JsonRoute)


@router.get(
    "/zeromq_preview", operation_id="config_zeromq_preview_get", response_model_exclude_none=True
)
def get_zeromq_preview(streams: Streams) -> ZeromqPreviewSettings:
    """Whether, how often and where images are shown (B135, B137)."""
    return streams.preview()


@router.put(
    "/zeromq_preview",
    operation_id="config_zeromq_preview_put",
    response_class=Response,
    responses=BAD_INPUT | FAILURE,
)
def put_zeromq_preview(settings: ZeromqPreviewSettings, streams: Streams) -> None:
    """Change it at once, also while a run goes on; the address stays (B136, B137)."""
    streams.set_preview(settings)


@router.get(
    "/zeromq_metadata", operation_id="config_zeromq_metadata_get", response_model_exclude_none=True
)
def get_zeromq_metadata(streams: Streams) -> ZeromqMetadataSettings:
    """Whether, how often and where the numbers of all images are told (B140, B141)."""
    return streams.metadata()


@router.put(
    "/zeromq_metadata",
    operation_id="config_zeromq_metadata_put",
    response_class=Response,
    responses=BAD_INPUT | FAILURE,
)
def put_zeromq_metadata(settings: ZeromqMetadataSettings, streams: Streams) -> None:
    """Change it at once, also while a run goes on; the address stays (B141)."""
    streams.set_metadata(settings)
