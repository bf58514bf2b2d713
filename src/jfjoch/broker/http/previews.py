"""Pictures: the last image and the pedestal, made when they are asked for."""

import asyncio
from concurrent.futures import Future

from fastapi import APIRouter, Response

from jfjoch.broker.http.binary_body import TIFF, binary_response
from jfjoch.broker.http.declared_responses import BAD_INPUT, FAILURE, NOTHING_YET
from jfjoch.broker.http.facade import PreviewsOfBroker
from jfjoch.broker.http.json_body import JsonRoute
from jfjoch.model.preview import PreviewSettings

JPEG = "image/jpeg"
# What was true a second ago is of no use to anybody.
_HEADERS = {"Cache-Control": "no-store"}

router = APIRouter(prefix="/preview", route_class=JsonRoute, default_response_class=Response)

_PICTURE = binary_response(JPEG, "The picture") | NOTHING_YET


@router.get("/image.jpeg", operation_id="preview_image_jpeg_get", responses=_PICTURE)
async def get_image_jpeg(previews: PreviewsOfBroker) -> Response:
    """Last image with default settings, its contrast chosen by the image (B176)."""
    return await _answer(previews.jpeg(), JPEG)


@router.post(
    "/image.jpeg",
    operation_id="preview_image_jpeg_post",
    responses=_PICTURE | BAD_INPUT | FAILURE,
)
async def post_image_jpeg(settings: PreviewSettings, previews: PreviewsOfBroker) -> Response:
    """Last image, or last indexed image, drawn as the settings say (B177)."""
    return await _answer(previews.jpeg(settings), JPEG)


@router.get(
    "/image.tiff",
    operation_id="preview_image_tiff_get",
    responses=binary_response(TIFF, "Values as they are sent") | NOTHING_YET,
)
async def image_tiff(previews: PreviewsOfBroker) -> Response:
    """Last image with its own values (B178)."""
    return await _answer(previews.tiff(), TIFF)


@router.get(
    "/calibration.tiff",
    operation_id="preview_calibration_tiff_get",
    responses=binary_response(TIFF, "16-bit unsigned values, 65535 = bad") | NOTHING_YET,
)
async def calibration_tiff(previews: PreviewsOfBroker) -> Response:
    """Last image mirrored vertically, for programs that calibrate the geometry (B179)."""
    return await _answer(previews.calibration_tiff(), TIFF)


@router.get(
    "/pedestal.tiff",
    operation_id="preview_pedestal_tiff_get",
    responses=binary_response(TIFF, "32-bit floating point values, ADU") | NOTHING_YET,
)
async def pedestal_tiff(previews: PreviewsOfBroker, gain_level: int, sc: int = 0) -> Response:
    """Pedestal in use: raw modules, stacked; any other gain level or cell is not there (B180)."""
    return await _answer(previews.pedestal_tiff(gain_level, sc), TIFF)


async def _answer(encoded: Future[bytes] | None, media_type: str) -> Response:
    if encoded is None:
        return Response(status_code=404)
    # Others may wait for the same picture: one client that leaves does not cancel it.
    body = await asyncio.shield(asyncio.wrap_future(encoded))
    return Response(body, media_type=media_type, headers=_HEADERS)
