"""The pixel mask, and the part of it that a user makes."""

import numpy as np
from fastapi import APIRouter, Response
from numpy.typing import NDArray

from jfjoch.broker.http.binary_body import OCTETS, TIFF, Body, binary_body, binary_response
from jfjoch.broker.http.declared_responses import FAILURE
from jfjoch.broker.http.facade import Broker
from jfjoch.preview.tiff import read_tiff, write_tiff

MASK_PATH = "/config/mask"
USER_MASK_PATH = "/config/user_mask"
USER_MASK_TIFF_PATH = f"{USER_MASK_PATH}.tiff"

router = APIRouter(default_response_class=Response)

_PIXELS = binary_response(OCTETS, "32-bit unsigned values, little endian, row by row")
_TIFF = binary_response(TIFF, "32-bit unsigned values")


@router.get(MASK_PATH, operation_id="config_mask_get", responses=_PIXELS)
def get_mask(broker: Broker) -> Response:
    """Mask of the images as of now, 0 = good, with the bits of NXmx (B182)."""
    return _as_octets(broker.pixel_mask())


@router.get(f"{MASK_PATH}.tiff", operation_id="config_mask_tiff_get", responses=_TIFF)
def get_mask_tiff(broker: Broker) -> Response:
    """The same as a TIFF (B182)."""
    return _as_tiff(broker.pixel_mask())


@router.get(USER_MASK_PATH, operation_id="config_user_mask_get", responses=_PIXELS)
def get_user_mask(broker: Broker) -> Response:
    """What was uploaded, in the form of the images: 0 good, 1 masked (B183)."""
    return _as_octets(broker.user_mask())


@router.get(USER_MASK_TIFF_PATH, operation_id="config_user_mask_tiff_get", responses=_TIFF)
def get_user_mask_tiff(broker: Broker) -> Response:
    """The same as a TIFF (B183)."""
    return _as_tiff(broker.user_mask())


@router.put(
    USER_MASK_PATH,
    operation_id="config_user_mask_put",
    responses=FAILURE,
    openapi_extra=binary_body(OCTETS),
)
def put_user_mask(broker: Broker, body: Body) -> None:
    """Mask pixels: 32-bit values, little endian, raw or converted size (B184, B186)."""
    broker.upload_user_mask(body)


@router.put(
    USER_MASK_TIFF_PATH,
    operation_id="config_user_mask_tiff_put",
    responses=FAILURE,
    openapi_extra=binary_body(TIFF),
)
def put_user_mask_tiff(broker: Broker, body: Body) -> None:
    """Mask pixels by a 32-bit TIFF (B185)."""
    broker.upload_user_mask(read_tiff(body, np.uint32))


def _as_octets(image: NDArray[np.uint32]) -> Response:
    return Response(image.astype("<u4", copy=False).tobytes(), media_type=OCTETS)


def _as_tiff(image: NDArray[np.uint32]) -> Response:
    return Response(write_tiff(image), media_type=TIFF)
