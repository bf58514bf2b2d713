"""A second reader of the image stream, written from RFC 8949 and RFC 8746 alone.

Knows nothing of this package and of no CBOR library, so that it can judge what is sent. It
trusts its input: only for messages of our own. Arrays come out as ``TypedArray``, whose payload
can be given to the DECTRIS decoder.
"""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

DTYPES = {
    64: "|u1",
    69: "<u2",
    70: "<u4",
    71: "<u8",
    72: "|i1",
    77: "<i2",
    78: "<i4",
    79: "<i8",
    85: "<f4",
    86: "<f8",
}


@dataclass
class TypedArray:
    """Elements of a typed array (tags 64-86); shape is known once tag 40 is around it."""

    dtype: str
    payload: bytes
    algorithm: str = ""
    element_size: int = 0
    shape: tuple[int, ...] = ()

    def pixels(self) -> Any:
        """The elements as NumPy array; compressed ones by DECTRIS' own package."""
        payload = self.payload
        if self.algorithm:
            from dectris.compression import decompress

            payload = decompress(payload, self.algorithm, elem_size=self.element_size)
        return np.frombuffer(payload, self.dtype).reshape(self.shape or -1)


def decode(message: bytes) -> Any:
    """Return the one value in ``message``."""
    value, end = _value(bytes(message), 0)
    assert end == len(message), f"{len(message) - end} bytes left over"
    return value


def _value(data: bytes, at: int) -> tuple[Any, int]:
    major, info = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7 and info > 24:
        size = 1 << (info - 24)
        return struct.unpack({25: ">e", 26: ">f", 27: ">d"}[info], data[at : at + size])[
            0
        ], at + size
    number = info
    if info >= 24:
        size = 1 << (info - 24)
        number, at = int.from_bytes(data[at : at + size], "big"), at + size
    if major in (0, 1):
        return (number if major == 0 else -1 - number), at
    if major in (2, 3):
        content = data[at : at + number]
        return (content if major == 2 else content.decode()), at + number
    if major in (4, 5):
        items = []
        for _ in range(number * (major - 3)):
            item, at = _value(data, at)
            items.append(item)
        return (items if major == 4 else dict(zip(items[::2], items[1::2], strict=True))), at
    if major == 6:
        content, at = _value(data, at)
        return _tagged(number, content), at
    return {20: False, 21: True, 22: None}[number], at


def _tagged(tag: int, content: Any) -> Any:
    if tag in DTYPES and isinstance(content, bytes):
        return TypedArray(DTYPES[tag], content)
    if tag in DTYPES:  # around tag 56500
        content.dtype = DTYPES[tag]
        return content
    if tag == 56500:
        return TypedArray("", content[2], content[0], content[1])
    if tag == 40:
        content[1].shape = tuple(content[0])
        return content[1]
    assert tag in (0, 55799), f"tag {tag}"
    return content
