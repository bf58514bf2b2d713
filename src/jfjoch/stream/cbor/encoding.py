"""Maps to bytes: cbor2 for the small keys, what is CBOR already spliced in behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import cbor2
import numpy as np
from numpy.typing import NDArray

from jfjoch.errors import InvalidInput
from jfjoch.messages.image import CompressedImage
from jfjoch.stream.cbor.typed_arrays import COMPRESSED_TAG, MATRIX_TAG, TAG_OF_DTYPE

_EMPTY_BYTE_STRING = b"\x40"
_BYTE_STRING, _ARRAY, _MAP = 2, 4, 5
_LENGTHS = ((24, 1 << 8), (25, 1 << 16), (26, 1 << 32), (27, 1 << 64))
"""Additional information of RFC 8949 section 3, and where it ends."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A value that is CBOR already, in pieces to be joined."""

    pieces: Sequence[bytes | memoryview]
    reading_cost: int = 0
    """Memory that reading it takes, see ``memory_budget``; 0 where nobody asks."""


def encode_map(entries: Mapping[str, Any]) -> bytes:
    """Return ``entries`` as CBOR; None values are left out.

    Keys are in their order, but those of ``Encoded`` values follow the others. Raises
    InvalidInput for text or numbers that have no place in CBOR.
    """
    return b"".join(map_pieces(entries))


def map_pieces(entries: Mapping[str, Any]) -> list[bytes | memoryview]:
    """Return what ``encode_map`` joins, for those who need no copy of the large values."""
    present = {key: value for key, value in entries.items() if value is not None}
    plain = {key: value for key, value in present.items() if not isinstance(value, Encoded)}
    pieces: list[bytes | memoryview] = [
        _head(_MAP, len(present)),
        memoryview(_dumps(plain))[len(_head(_MAP, len(plain))) :],
    ]
    for key, value in present.items():
        if isinstance(value, Encoded):
            pieces += (_dumps(key), *value.pieces)
    return pieces


def encoded_list(items: Sequence[bytes | memoryview]) -> Encoded:
    """Return a list of what is CBOR already as an entry for ``encode_map``."""
    return Encoded((list_head(len(items)), *items))


def list_head(count: int) -> bytes:
    """Return what stands before the ``count`` items of a list."""
    return _head(_ARRAY, count)


def encode_map_with_image(entries: Mapping[str, Any], image: CompressedImage) -> bytes:
    """Return ``entries`` and, as last key, ``data`` with the image; its payload is copied once."""
    content: Any = b""
    if image.algorithm != "none":
        content = cbor2.CBORTag(
            COMPRESSED_TAG, [image.algorithm, np.dtype(image.dtype).itemsize, content]
        )
    empty = _matrix(image.height, image.width, image.dtype, content)
    return encode_map({**entries, "data": _with_payload({"default": empty}, image.payload)})


def encode_map_with_array(
    entries: Mapping[str, Any], name: str, values: NDArray[np.generic]
) -> bytes:
    """Return ``entries`` and, as last key, ``data`` with a two-dimensional array under ``name``."""
    return encode_map({**entries, "data": named_matrix(name, values)})


def named_matrix(name: str, values: NDArray[np.generic]) -> Encoded:
    """Return {``name``: two-dimensional array} as an entry for ``encode_map``.

    The array is copied once, when the map is joined: the mask of a start is larger than an image.
    """
    rows, columns = values.shape
    empty = _matrix(rows, columns, values.dtype.name, b"")
    payload = _little_endian(values).reshape(-1).view(np.uint8).data
    return _with_payload({name: empty}, payload)


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


def _dumps(value: Any) -> bytes:
    try:
        return cbor2.dumps(value)
    except (cbor2.CBOREncodeError, UnicodeEncodeError) as error:
        raise InvalidInput(f"message can't be sent: {error}") from error


def _with_payload(entry: Any, payload: bytes | memoryview) -> Encoded:
    """Replace the empty byte string that the encoded ``entry`` ends with by ``payload``."""
    encoded = _dumps(entry)
    assert encoded.endswith(_EMPTY_BYTE_STRING)
    head = _head(_BYTE_STRING, memoryview(payload).nbytes)
    return Encoded((memoryview(encoded)[:-1], head, payload))


def _head(major: int, count: int) -> bytes:
    """Return the first bytes of a value of that major type, as few as possible."""
    if count < _LENGTHS[0][0]:
        return bytes([major << 5 | count])
    info, end = next(entry for entry in _LENGTHS if count < entry[1])
    return bytes([major << 5 | info]) + count.to_bytes((end.bit_length() - 1) // 8, "big")
