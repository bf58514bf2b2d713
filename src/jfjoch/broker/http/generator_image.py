"""Frames for the internal generator."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from jfjoch.broker.http.binary_body import OCTETS, TIFF, Body, binary_body
from jfjoch.broker.http.declared_responses import BAD_INPUT
from jfjoch.broker.http.facade import Broker
from jfjoch.errors import InvalidInput
from jfjoch.preview.tiff import read_tiff

PATH = "/config/internal_generator_image"
TIFF_PATH = f"{PATH}.tiff"

STORED_IMAGES = 64
"""Largest number of frames the generator can go through (B085)."""

router = APIRouter(default_response_class=Response)

ImageId = Annotated[int, Query(alias="id", ge=0, le=127)]
# The contract gives the format of one of the two only.
ImageId64 = Annotated[int, Query(alias="id", ge=0, le=127, json_schema_extra={"format": "int64"})]


@router.put(
    PATH,
    operation_id="config_internal_generator_image_put",
    responses=BAD_INPUT,
    openapi_extra=binary_body(OCTETS),
)
def put_image(broker: Broker, body: Body, image_id: ImageId64 = 0) -> None:
    """Store a frame: 16-bit integers, little endian, raw or converted size (B128)."""
    _check_id(image_id)
    broker.upload_generator_image(image_id, body)


@router.put(
    TIFF_PATH,
    operation_id="config_internal_generator_image_tiff_put",
    responses=BAD_INPUT,
    openapi_extra=binary_body(TIFF),
)
def put_tiff(broker: Broker, body: Body, image_id: ImageId = 0) -> None:
    """Store the same as a 16-bit TIFF (B129)."""
    _check_id(image_id)
    broker.upload_generator_image(image_id, read_tiff(body, np.uint16))


def _check_id(image_id: int) -> None:
    """Refuse ids the contract lets pass but no generator setting can reach (B131)."""
    if image_id >= STORED_IMAGES:
        raise InvalidInput(f"id: expected 0 to {STORED_IMAGES - 1}, got {image_id}")
