"""The calibration message."""

import numpy as np

from jfjoch.errors import StreamError
from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.stream.cbor.encoding import encode_map_with_array
from jfjoch.stream.cbor.fields import Fields


def encode_calibration(message: CalibrationMessage) -> bytes:
    """Return the message as CBOR."""
    entries = {
        "type": "calibration",
        "series_id": message.run_number,
        "series_unique_id": message.run_name,
    }
    return encode_map_with_array(entries, message.name, message.values)


def decode_calibration(fields: Fields) -> CalibrationMessage:
    """Return the message, its array a view; StreamError names the key that is wrong."""
    arrays = fields.section("data")
    if len(arrays.names) != 1:
        raise StreamError(f"{arrays.name}: expected one array, got {len(arrays.names)}")
    (name,) = arrays.names
    return CalibrationMessage(
        run_number=fields.integer("series_id"),
        run_name=fields.text("series_unique_id"),
        name=name,
        values=arrays.array(name, np.float32),
    )
