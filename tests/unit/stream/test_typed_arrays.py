"""Arrays: every listed tag in both byte orders, and arrays that lie about themselves."""

import struct
from typing import Any

import cbor2
import numpy as np
import pytest

from jfjoch.errors import StreamError
from jfjoch.stream.cbor.reader import read_map
from jfjoch.stream.cbor.typed_arrays import CompressedArray, Matrix

_LITTLE = {
    64: "u1",
    69: "<u2",
    70: "<u4",
    71: "<u8",
    72: "i1",
    77: "<i2",
    78: "<i4",
    79: "<i8",
    85: "<f4",
    86: "<f8",
}
_BIG = {
    65: ">u2",
    66: ">u4",
    67: ">u8",
    73: ">i2",
    74: ">i4",
    75: ">i8",
    80: ">f2",
    81: ">f4",
    82: ">f8",
}


def tag(number: int, content: object) -> cbor2.CBORTag:
    return cbor2.CBORTag(number, content)


def read_value(value: object) -> Any:
    return read_map(cbor2.dumps({"v": value}))["v"]


@pytest.mark.parametrize(("number", "dtype"), (_LITTLE | _BIG).items())
def test_every_typed_array_is_read(number: int, dtype: str) -> None:
    values = np.array([[0, 1, 2], [100, 101, 127]], dtype)
    matrix = read_value(tag(40, [[2, 3], tag(number, values.tobytes())]))
    assert isinstance(matrix, Matrix)
    assert isinstance(matrix.values, np.ndarray)
    assert matrix.values.dtype.isnative
    np.testing.assert_array_equal(matrix.values.reshape(matrix.rows, matrix.columns), values)


def test_an_empty_typed_array_is_one() -> None:
    assert read_value(tag(70, b"")).size == 0


@pytest.mark.parametrize("number", [40, 56500, 64, 86])
@pytest.mark.parametrize("content", [1, None, "text", [], [1], [[1], 2], [[1, 1], 2], {}])
def test_other_content_of_a_tag_is_refused(number: int, content: object) -> None:
    with pytest.raises(StreamError, match="expected"):
        read_value(tag(number, content))


def chunk(image_bytes: int, block_bytes: int, blocks: bytes) -> bytes:
    return struct.pack(">QI", image_bytes, block_bytes) + blocks


def image(
    rows: int, columns: int, payload: bytes, algorithm: object = "bslz4", size: int = 2
) -> Any:
    return tag(40, [[rows, columns], tag(77, tag(56500, [algorithm, size, payload]))])


def test_a_compressed_matrix_keeps_its_payload() -> None:
    payload = chunk(8 * 8 * 2, 128, b"\0\0\0\1x")
    matrix = read_value(image(8, 8, payload))
    assert (matrix.rows, matrix.columns) == (8, 8)
    assert isinstance(matrix.values, CompressedArray)
    assert (matrix.values.dtype, matrix.values.algorithm) == (np.int16, "bslz4")
    assert matrix.values.payload == payload


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (tag(70, b"12345"), "5 bytes are no multiple of 4"),
        (tag(40, [[2, 3], tag(69, b"12")]), "matrix of 6 elements, but 1 came"),
        (tag(40, [[2**40, 2**40], tag(69, b"12")]), "elements, but 1 came"),
        (tag(40, [[0, 3], tag(69, b"")]), "matrix of 0 x 3"),
        (tag(40, [[-1, -1], tag(69, b"12")]), "matrix of -1 x -1"),
        (image(8, 8, b"short"), "5 bytes are too few for its header"),
        (image(8, 8, chunk(2**40, 128, b"\0\0\0\1x")), "header says 1099511627776 bytes"),
        (image(2**20, 2**20, chunk(2**41, 8192, b"\0\0\0\1x")), "can't hold"),
        (image(2**10, 2**10, chunk(2**21, 2**31, b"\0\0\0\1x")), "expected blocks of"),
        (image(8, 8, chunk(128, 0, b"\0\0\0\1x")), "expected blocks of"),
        (image(8, 8, chunk(128, 128, b"\0\0\0\1x"), size=4), "element size 4, but int16 has 2"),
        (image(8, 8, chunk(128, 128, b"\0\0\0\1x"), algorithm="zip"), "compression 'zip'"),
        (tag(73, tag(56500, ["bslz4", 2, b""])), "big-endian elements"),
    ],
)
def test_dimensions_are_compared_with_the_payload(value: object, complaint: str) -> None:
    """A few bytes that announce terabytes are refused before anyone allocates for them."""
    with pytest.raises(StreamError) as caught:
        read_value(value)
    assert complaint in str(caught.value)
