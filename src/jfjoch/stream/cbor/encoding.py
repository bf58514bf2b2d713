"""Maps to bytes: cbor2 for the small keys, payloads spliced in behind them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import cbor2
import numpy as np
from numpy.typing import NDArray

from jfjoch.errors import InvalidInput
from jfjoch.messages.image import CompressedImage
from jfjoch.stream.cbor.typed_arrays import COMPRESSED_TAG, MATRIX_TAG, TAG_OF_DTYPE

_EMPTY_BYTE_STRING = b"\x40"
_BYTE_STRING = 2
_LENGTHS = ((24, 1 << 8), (25, 1 << 16), (26, 1 << 32), (27, 1 << 64))
"""Additional information of RFC 8949 section 3, and where it ends."""


def encode_map(entries: Mapping[str, Any]) -> bytes:
    """Return ``entries`` as CBOR, keys in their order; None values are left out.

    Raises InvalidInput for text or numbers that have no place in CBOR.
    """
    present = {key: value for key, value in entries.items() if value is not None}
    try:
        return cbor2.dumps(present)
    except (cbor2.CBOREncodeError, UnicodeEncodeError) as error:
        raise InvalidInput(f"message can't be sent: {error}") from error


def encode_map_with_image(entries: Mapping[str, Any], image: CompressedImage) -> bytes:
    """Return ``entries`` and, as last key, ``data`` with the image; its payload is copied once."""
    content: Any = b""
    if image.algorithm != "none":
        content = cbor2.CBORTag(
            COMPRESSED_TAG, [image.algorithm, np.dtype(image.dtype).itemsize, content]
        )
    empty = _matrix(image.height, image.width, image.dtype, content)
    return _splice(encode_map({**entries, "data": {"default": empty}}), image.payload)


def encode_map_with_array(
    entries: Mapping[str, Any], name: str, values: NDArray[np.generic]
) -> bytes:
    """Return ``entries`` and, as last key, ``data`` with a two-dimensional array under ``name``."""
    rows, columns = values.shape
    empty = _matrix(rows, columns, values.dtype.name, b"")
    head = encode_map({**entries, "data": {name: empty}})
    return _splice(head, _little_endian(values).data.cast("B"))


def matrix(values: NDArray[np.generic]) -> cbor2.CBORTag:
    """Return a two-dimensional array as an entry for ``encode_map``."""
    rows, columns = values.shape
    return _matrix(rows, columns, values.dtype.name, _little_endian(values).tobytes())


def vector(values: NDArray[np.generic]) -> cbor2.CBORTag:
    """Return a one-dimensional array as an entry for ``encode_map``."""
    return cbor2.CBORTag(TAG_OF_DTYPE[values.dtype.name], _little_endian(values).tobytes())


def date_time(moment: datetime) -> cbor2.CBORTag:
    """Return a moment as an entry for ``encode_map``; it must know its offset from UTC."""
    if moment.tzinfo is None:
        raise InvalidInput(f"moment {moment.isoformat()}: expected one with an offset from UTC")
    return cbor2.CBORTag(0, moment.isoformat())


def _matrix(rows: int, columns: int, dtype: str, content: Any) -> cbor2.CBORTag:
    return cbor2.CBORTag(MATRIX_TAG, [[rows, columns], cbor2.CBORTag(TAG_OF_DTYPE[dtype], content)])


def _little_endian(values: NDArray[np.generic]) -> NDArray[np.generic]:
    return np.ascontiguousarray(values, values.dtype.newbyteorder("<"))


def _splice(encoded: bytes, payload: bytes | memoryview) -> bytes:
    """Replace the empty byte string that ``encoded`` ends with by ``payload``."""
    assert encoded.endswith(_EMPTY_BYTE_STRING)
    head = _byte_string_head(memoryview(payload).nbytes)
    return b"".join((memoryview(encoded)[:-1], head, payload))


def _byte_string_head(length: int) -> bytes:
    if length < _LENGTHS[0][0]:
        return bytes([_BYTE_STRING << 5 | length])
    info, end = next(entry for entry in _LENGTHS if length < entry[1])
    return bytes([_BYTE_STRING << 5 | info]) + length.to_bytes((end.bit_length() - 1) // 8, "big")
