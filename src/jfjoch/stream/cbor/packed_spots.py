"""The list of spots of an image as bytes, all maps in it of one size.

A strong image has 250 spots of five values each: through a general CBOR library that takes longer
than finding them. Here each map has the same bytes but for its numbers, which always take their
full width, so that the list is one NumPy array to write and one to read. It is ordinary CBOR:
other readers see a list of maps.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from jfjoch.messages.analysis import SpotList
from jfjoch.stream.cbor.encoding import list_head

PackedSpots = NDArray[np.void]
"""[spots], fields of ``SPOT``, a view of a message."""

_POSITIVE, _NEGATIVE = 0x1B, 0x3B
_FALSE, _TRUE = 0xF4, 0xF5
_ARRAY_HEADS = {24: 1, 25: 2, 26: 4}
"""Bytes of the count behind the first one, by additional information (RFC 8949, section 3)."""
_ARRAY = 4

SPOT: Final = np.dtype(
    [
        ("x_key", "S4"),
        ("x", ">f4"),
        ("y_key", "S3"),
        ("y", ">f4"),
        ("I_key", "S3"),
        ("I", ">f4"),
        ("maxc_key", "S5"),
        ("maxc_sign", "u1"),
        ("maxc", ">u8"),
        ("indexed_key", "S8"),
        ("indexed", "u1"),
    ]
)
"""A map of five entries: x, y, I as float32, maxc in 64 bits, indexed true or false."""
_CONSTANTS = {
    "x_key": b"\xa5\x61x\xfa",
    "y_key": b"\x61y\xfa",
    "I_key": b"\x61I\xfa",
    "maxc_key": b"\x64maxc",
    "indexed_key": b"\x67indexed",
}
_FIRST_BYTES = _CONSTANTS["x_key"]


def _template() -> Any:
    spot = np.zeros((), SPOT)
    for name, content in _CONSTANTS.items():
        spot[name] = content
    return spot


_TEMPLATE = _template()


def pack_spots(spots: SpotList) -> bytes:
    """Return the list as CBOR."""
    table = np.full(len(spots), _TEMPLATE)
    table["x"] = spots.x_pxl
    table["y"] = spots.y_pxl
    table["I"] = spots.intensity
    # CBOR has a negative number n as -1 - n, which has the bits of ~n.
    table["maxc_sign"] = np.where(spots.max_count < 0, _NEGATIVE, _POSITIVE)
    table["maxc"] = np.where(spots.max_count < 0, ~spots.max_count, spots.max_count)
    table["indexed"] = np.where(spots.indexed, _TRUE, _FALSE)
    return list_head(len(spots)) + table.tobytes()


def find_packed_spots(message: memoryview, position: int) -> tuple[PackedSpots, int] | None:
    """Return the spots that begin at ``position``, and where they end.

    None for anything that is not exactly what ``pack_spots`` makes: it has to be read as any
    other value. Of the numbers nothing is known yet.
    """
    count, first = _read_array_head(message, position)
    if message[first : first + len(_FIRST_BYTES)] != _FIRST_BYTES:
        return None
    end = first + count * SPOT.itemsize
    if end > message.nbytes:
        return None
    table = np.frombuffer(message, SPOT, count, first)
    return (table, end) if _has_form(table) else None


def unpack_spots(table: PackedSpots) -> SpotList | None:
    """Return the spots, in memory of their own; None when a number is none that a spot has."""
    x, y, intensity = (table[name].astype(np.float32) for name in ("x", "y", "I"))
    counts = table["maxc"].astype(np.int64)
    if (counts < 0).any() or not all(np.isfinite(column).all() for column in (x, y, intensity)):
        return None
    max_count = np.where(table["maxc_sign"] == _NEGATIVE, ~counts, counts)
    return SpotList(x, y, intensity, max_count, table["indexed"] == _TRUE)


def _has_form(table: PackedSpots) -> bool:
    return (
        all(bool((table[name] == content).all()) for name, content in _CONSTANTS.items())
        and bool(((table["maxc_sign"] == _POSITIVE) | (table["maxc_sign"] == _NEGATIVE)).all())
        and bool(((table["indexed"] == _TRUE) | (table["indexed"] == _FALSE)).all())
    )


def _read_array_head(message: memoryview, position: int) -> tuple[int, int]:
    """Return the count of the array at ``position``, and where it begins; 0 for anything else."""
    head = message[position : position + 1]
    if not head or head[0] >> 5 != _ARRAY:
        return 0, message.nbytes
    info, position = head[0] & 31, position + 1
    if info < 24:
        return info, position
    size = _ARRAY_HEADS.get(info, 0)
    return int.from_bytes(message[position : position + size], "big"), position + size
