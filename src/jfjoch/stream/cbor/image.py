"""The image message."""

from datetime import datetime
from typing import Any

import numpy as np

from jfjoch.errors import StreamError
from jfjoch.messages.image import CompressedImage, ImageMessage, PixelStatistics
from jfjoch.stream.cbor.analysis import analysis_entries, decode_analysis
from jfjoch.stream.cbor.appendix import check_appendix
from jfjoch.stream.cbor.encoding import date_time, encode_map_with_image
from jfjoch.stream.cbor.excerpt import excerpt
from jfjoch.stream.cbor.fields import INT64_MAX, Fields
from jfjoch.stream.cbor.typed_arrays import CompressedArray, Matrix

_NS_PER_S = 1_000_000_000


def encode_image(message: ImageMessage, series_date: datetime) -> bytes:
    """Return the message as CBOR; ``series_date`` is when the run was armed.

    Times are fractions of seconds [nanoseconds, 10^9]. Raises InvalidInput for an appendix
    that a reader could not take.
    """
    return encode_map_with_image(image_entries(message, series_date), message.image)


def image_entries(message: ImageMessage, series_date: datetime) -> dict[str, Any]:
    """Return all keys but ``data``, as entries for ``encode_map``.

    Raises InvalidInput for an appendix that a reader could not take.
    """
    if message.appendix is not None:
        check_appendix("image_appendix", message.appendix)
    stop_time_ns = message.start_time_ns + message.exposure_ns
    return {
        "type": "image",
        "series_id": message.run_number,
        "series_unique_id": message.run_name,
        "image_id": message.image_id,
        "original_image_id": message.original_image_id,
        "real_time": [message.exposure_ns, _NS_PER_S],
        "start_time": [message.start_time_ns, _NS_PER_S],
        "stop_time": [stop_time_ns, _NS_PER_S],
        "series_date": date_time(series_date),
        "user_data": message.appendix,
        **_counts(message),
        **analysis_entries(message.analysis),
    }


def _counts(message: ImageMessage) -> dict[str, Any]:
    statistics = message.statistics
    return {
        "error_pixel_count": statistics.error_pixels,
        "saturated_pixel_count": statistics.saturated_pixels,
        "min_viable_pixel_value": statistics.min_viable_value,
        "max_viable_pixel_value": statistics.max_viable_value,
        "packets_expected": message.packets_expected,
        "packets_received": message.packets_received,
        "data_collection_efficiency": message.efficiency,
        "receiver_aq_dev_delay": message.receiver_delay,
        "receiver_free_send_buf": message.free_send_buffers,
        "storage_cell": message.storage_cell,
        "xfel_pulse_id": message.pulse_id,
        "xfel_event_code": message.event_code,
    }


def decode_image(fields: Fields) -> ImageMessage:
    """Return the message, its payload a view; StreamError names the key that is wrong."""
    channels = fields.section("data")
    return decode_image_entries(fields, _pixels(channels.matrix(channels.channel())))


def decode_image_entries(fields: Fields, image: CompressedImage) -> ImageMessage:
    """Return the message with ``image`` as its pixels; StreamError names the key that is wrong."""
    image_id = fields.integer("image_id")
    return ImageMessage(
        run_number=fields.integer("series_id"),
        run_name=fields.text("series_unique_id"),
        image_id=image_id,
        original_image_id=fields.integer("original_image_id", default=image_id),
        start_time_ns=_nanoseconds(fields, "start_time"),
        exposure_ns=_nanoseconds(fields, "real_time"),
        image=image,
        statistics=_statistics(fields),
        packets_expected=fields.integer("packets_expected", default=0),
        packets_received=fields.integer("packets_received", default=0),
        receiver_delay=fields.integer("receiver_aq_dev_delay", default=0),
        free_send_buffers=fields.integer("receiver_free_send_buf", default=0),
        storage_cell=fields.integer("storage_cell", default=0),
        pulse_id=fields.optional_integer("xfel_pulse_id"),
        event_code=fields.optional_integer("xfel_event_code"),
        appendix=fields.raw("user_data"),
        analysis=decode_analysis(fields),
    )


def _statistics(fields: Fields) -> PixelStatistics:
    return PixelStatistics(
        error_pixels=fields.integer("error_pixel_count", default=0),
        saturated_pixels=fields.integer("saturated_pixel_count", default=0),
        min_viable_value=fields.optional_integer("min_viable_pixel_value", minimum=-INT64_MAX),
        max_viable_value=fields.optional_integer("max_viable_pixel_value", minimum=-INT64_MAX),
    )


def _nanoseconds(fields: Fields, key: str) -> int:
    """Return the time at ``key`` in ns; 0 when it is missing."""
    match fields.raw(key):
        case None:
            return 0
        case [int(numerator), int(denominator)] if numerator >= 0 < denominator:
            return numerator * _NS_PER_S // denominator
        case other:
            raise StreamError(
                f"{fields.name}: {key}: expected [numerator, denominator], got {excerpt(other)}"
            )


def _pixels(matrix: Matrix) -> CompressedImage:
    values = matrix.values
    if isinstance(values, CompressedArray):
        payload, algorithm = values.payload, values.algorithm
    else:
        payload, algorithm = values.view(np.uint8).data, "none"
    return CompressedImage(payload, algorithm, values.dtype.name, matrix.rows, matrix.columns)
