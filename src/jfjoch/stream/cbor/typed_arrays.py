"""Arrays in CBOR: typed arrays (RFC 8746), matrices (tag 40) and compressed bytes (tag 56500).

Reading trusts nothing: what a matrix claims to be is compared with the bytes that came, and
no pixel is copied (only big-endian arrays are, into the byte order of this machine).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.compression.chunk_header import ChunkHeader
from jfjoch.errors import StreamError
from jfjoch.stream.cbor.excerpt import excerpt

MATRIX_TAG = 40
COMPRESSED_TAG = 56500

TAG_OF_DTYPE = {
    "uint8": 64,
    "uint16": 69,
    "uint32": 70,
    "uint64": 71,
    "int8": 72,
    "int16": 77,
    "int32": 78,
    "int64": 79,
    "float32": 85,
    "float64": 86,
}
"""Little endian, the only byte order that is sent."""

DTYPE_OF_TAG = {tag: np.dtype(name).newbyteorder("<") for name, tag in TAG_OF_DTYPE.items()} | {
    65: np.dtype(">u2"),
    66: np.dtype(">u4"),
    67: np.dtype(">u8"),
    73: np.dtype(">i2"),
    74: np.dtype(">i4"),
    75: np.dtype(">i8"),
    80: np.dtype(">f2"),
    81: np.dtype(">f4"),
    82: np.dtype(">f8"),
}
"""What is taken."""

ALGORITHMS = ("bslz4", "bszstd")

_LARGEST_BLOCK = 1 << 20
"""Bitshuffle itself uses 8 KiB."""
_SMALLEST_COMPRESSED_BLOCK = 5
"""Four bytes of length and at least one of content."""


@dataclass(frozen=True, slots=True)
class CompressedBytes:
    """Content of tag 56500; nothing is known yet about the type of its elements."""

    algorithm: str
    element_size: int
    payload: memoryview


@dataclass(frozen=True, slots=True)
class CompressedArray:
    """A typed array whose elements are still compressed."""

    dtype: np.dtype[np.generic]
    algorithm: str
    payload: memoryview


ArrayContent = NDArray[np.generic] | CompressedArray


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows times columns elements, row by row; ``values`` is one-dimensional."""

    rows: int
    columns: int
    values: ArrayContent


def read_compressed(content: object) -> CompressedBytes:
    """Return what tag 56500 holds: [algorithm, element size in bytes, compressed bytes]."""
    match content:
        case [str(algorithm), int(element_size), memoryview() as payload]:
            pass
        case _:
            raise StreamError("tag 56500: expected [algorithm, element size, byte string]")
    if algorithm not in ALGORITHMS:
        expected = ", ".join(ALGORITHMS)
        raise StreamError(f"compression {excerpt(algorithm)}: expected one of {expected}")
    return CompressedBytes(algorithm, element_size, payload)


def read_typed(dtype: np.dtype[np.generic], content: object) -> ArrayContent:
    """Return the typed array, a view of the message unless it is big endian."""
    if isinstance(content, CompressedBytes):
        return _compressed_array(dtype, content)
    if not isinstance(content, memoryview):
        raise StreamError(f"typed array of {dtype.name}: expected a byte string")
    if content.nbytes % dtype.itemsize:
        raise StreamError(
            f"typed array of {dtype.name}: {content.nbytes} bytes are no multiple of"
            f" {dtype.itemsize}"
        )
    return np.frombuffer(content, dtype).astype(dtype.newbyteorder("="), copy=False)


def _compressed_array(dtype: np.dtype[np.generic], content: CompressedBytes) -> CompressedArray:
    if content.element_size != dtype.itemsize:
        raise StreamError(
            f"compressed array: element size {content.element_size}, but {dtype.name}"
            f" has {dtype.itemsize} bytes"
        )
    if not dtype.isnative:
        raise StreamError("compressed array: big-endian elements are only taken uncompressed")
    return CompressedArray(dtype, content.algorithm, content.payload)


def read_matrix(content: object) -> Matrix:
    """Return what tag 40 holds: [[rows, columns], typed array]."""
    match content:
        case [[int(rows), int(columns)], (np.ndarray() | CompressedArray()) as values]:
            pass
        case _:
            raise StreamError("tag 40: expected [[rows, columns], typed array]")
    if rows < 1 or columns < 1:
        raise StreamError(f"matrix of {rows} x {columns}: expected at least 1 x 1")
    _check_size(rows * columns, values)
    return Matrix(rows, columns, values)


def _check_size(element_count: int, values: ArrayContent) -> None:
    if isinstance(values, CompressedArray):
        _check_chunk(element_count * values.dtype.itemsize, values.payload)
    elif values.size != element_count:
        raise StreamError(f"matrix of {element_count} elements, but {values.size} came")


def _check_chunk(array_bytes: int, payload: memoryview) -> None:
    """Refuse a chunk that can't be what its dimensions say, before anyone allocates for it."""
    if payload.nbytes < ChunkHeader.size:
        raise StreamError(f"compressed array: {payload.nbytes} bytes are too few for its header")
    header = ChunkHeader.unpack(payload)
    if header.image_bytes != array_bytes:
        raise StreamError(
            f"compressed array: header says {header.image_bytes} bytes, dimensions {array_bytes}"
        )
    if not 0 < header.block_bytes <= _LARGEST_BLOCK:
        raise StreamError(
            f"compressed array: expected blocks of 1 to {_LARGEST_BLOCK} bytes,"
            f" got {header.block_bytes}"
        )
    # Elements that do not fill a group of eight are stored behind the blocks, as they are.
    blocks = array_bytes // header.block_bytes
    needed = ChunkHeader.size + blocks * _SMALLEST_COMPRESSED_BLOCK
    if payload.nbytes < needed:
        raise StreamError(
            f"compressed array: {payload.nbytes} bytes can't hold {array_bytes} bytes"
            f" in {blocks} blocks"
        )
