"""Bytes to plain values, for bytes that anyone may have sent.

Own code instead of cbor2's decoder for three reasons: byte strings come out as views of the
message (an image is never copied), only the tags of this stream are known (cbor2 also builds
regular expressions, e-mails and huge numbers), and memory is budgeted.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import NoReturn

from jfjoch.errors import StreamError
from jfjoch.stream.cbor.excerpt import excerpt
from jfjoch.stream.cbor.memory_budget import (
    PACKED_SPOTS_COST,
    VALUE_COST,
    VIEW_COST,
    memory_budget,
    text_cost,
)
from jfjoch.stream.cbor.packed_spots import find_packed_spots
from jfjoch.stream.cbor.typed_arrays import (
    COMPRESSED_TAG,
    DTYPE_OF_TAG,
    MATRIX_TAG,
    read_compressed,
    read_matrix,
    read_typed,
)

SPOTS = "spots"
"""The key whose value may be many maps of one form."""
MAX_DEPTH = 16
"""Deepest nesting of maps, arrays and tags."""

_SELF_DESCRIBED = b"\xd9\xd9\xf7"
_DATE_TIME_TAG = 0
_SHORT_TEXT, _SHORT_TEXT_END = 3 << 5, 24
"""First byte of an empty text; the length is added to it up to here."""
_INDEFINITE = 31
_BREAK = 0xFF
_CONSTANTS = {20: False, 21: True, 22: None}
_FLOATS = {25: struct.Struct(">e"), 26: struct.Struct(">f"), 27: struct.Struct(">d")}


def read_map(message: bytes | memoryview) -> dict[str, object]:
    """Return the map that ``message`` is, byte strings as views of it.

    Raises StreamError, naming the place, for anything else than exactly one map.
    """
    return _Reader(memoryview(message).toreadonly().cast("B")).whole_message()


def _read_date_time(content: object) -> datetime:
    """Tag 0: RFC 3339 text; without an offset a moment is not known."""
    try:
        moment = datetime.fromisoformat(content) if isinstance(content, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise StreamError(f"date-time {excerpt(content)}: expected RFC 3339 text with an offset")
    return moment


_TAGS: Mapping[int, Callable[[object], object]] = {
    _DATE_TIME_TAG: _read_date_time,
    MATRIX_TAG: read_matrix,
    COMPRESSED_TAG: read_compressed,
    **{tag: partial(read_typed, dtype) for tag, dtype in DTYPE_OF_TAG.items()},
}


class _Reader:
    """Goes through one message once, from left to right."""

    __slots__ = ("_budget", "_end", "_message", "_position")

    def __init__(self, message: memoryview) -> None:
        self._message = message
        self._end = message.nbytes
        self._position = len(_SELF_DESCRIBED) if message[:3] == _SELF_DESCRIBED else 0
        self._budget = memory_budget(message.nbytes)

    def whole_message(self) -> dict[str, object]:
        value = self._value(0)
        if self._position != self._end:
            self._fail(f"{self._end - self._position} bytes behind the message")
        if not isinstance(value, dict):
            self._fail(f"expected a map, got {type(value).__name__}")
        return value

    def _value(self, depth: int) -> object:
        self._charge(VALUE_COST)
        position = self._position
        if position >= self._end:
            self._fail("message is cut off")
        initial = self._message[position]
        self._position = position + 1
        return _MAJOR_TYPES[initial >> 5](self, initial & 31, depth)

    def _fail(self, text: str) -> NoReturn:
        raise StreamError(f"CBOR, byte {self._position}: {text}")

    def _charge(self, cost: int) -> None:
        self._budget -= cost
        if self._budget < 0:
            self._fail("values would take far more memory than the message")

    def _deeper(self, depth: int) -> int:
        if depth >= MAX_DEPTH:
            self._fail(f"nested deeper than {MAX_DEPTH}")
        return depth + 1

    def _take(self, length: int) -> memoryview:
        start = self._position
        end = start + length
        if end > self._end:
            self._fail(f"{length} bytes announced, {self._end - start} left")
        self._position = end
        return self._message[start:end]

    def _argument(self, info: int) -> int:
        if info < 24:
            return info
        if info > 27:
            self._fail(f"additional information {info} is not allowed here")
        return int.from_bytes(self._take(1 << (info - 24)), "big")

    def _unsigned(self, info: int, _depth: int) -> int:
        return self._argument(info)

    def _negative(self, info: int, _depth: int) -> int:
        return -1 - self._argument(info)

    def _byte_string(self, info: int, _depth: int) -> memoryview:
        self._charge(VIEW_COST)
        return self._take(self._argument(info))

    def _text(self, info: int, _depth: int) -> str:
        raw = self._take(self._argument(info))
        try:
            text = str(raw, "utf-8")
        except UnicodeDecodeError as error:
            self._fail(f"text is not UTF-8: {error.reason}")
        self._charge(text_cost(text))
        return text

    def _entries(self, info: int) -> Iterator[None]:
        """Pause once per entry of a container, at its first byte."""
        if info != _INDEFINITE:
            for _ in range(self._argument(info)):
                yield
            return
        while self._position == self._end or self._message[self._position] != _BREAK:
            yield
        self._position += 1

    def _array(self, info: int, depth: int) -> list[object]:
        deeper = self._deeper(depth)
        return [self._value(deeper) for _ in self._entries(info)]

    def _map(self, info: int, depth: int) -> dict[str, object]:
        deeper = self._deeper(depth)
        entries: dict[str, object] = {}
        for _ in self._entries(info):
            key = self._key(deeper)
            if not isinstance(key, str) or key in entries:
                self._fail(f"map key {excerpt(key)}: expected text, each key once")
            entries[key] = self._spots(deeper) if key == SPOTS else self._value(deeper)
        return entries

    def _key(self, depth: int) -> object:
        """Short ASCII text without detours, as every key of ours is; else any value."""
        start = self._position + 1
        if start <= self._end:
            length = self._message[start - 1] - _SHORT_TEXT
            if 0 <= length < _SHORT_TEXT_END and start + length <= self._end:
                raw = self._message[start : start + length].tobytes()
                if raw.isascii():
                    self._charge(VALUE_COST + length)
                    self._position = start + length
                    return raw.decode("ascii")
        return self._value(depth)

    def _spots(self, depth: int) -> object:
        """Lists of our own broker in one piece, any other value as it is."""
        found = find_packed_spots(self._message, self._position)
        if found is None:
            return self._value(depth)
        self._deeper(self._deeper(depth))
        self._charge(PACKED_SPOTS_COST)
        spots, self._position = found
        return spots

    def _tag(self, info: int, depth: int) -> object:
        number = self._argument(info)
        read = _TAGS.get(number) or self._fail(f"tag {number} is not used on this stream")
        return read(self._value(self._deeper(depth)))

    def _simple(self, info: int, _depth: int) -> object:
        if info in _CONSTANTS:
            return _CONSTANTS[info]
        if info not in _FLOATS:
            self._fail(f"simple value {info} is not used on this stream")
        layout = _FLOATS[info]
        number: float = layout.unpack(self._take(layout.size))[0]
        return number


_MAJOR_TYPES: tuple[Callable[[_Reader, int, int], object], ...] = (
    _Reader._unsigned,
    _Reader._negative,
    _Reader._byte_string,
    _Reader._text,
    _Reader._array,
    _Reader._map,
    _Reader._tag,
    _Reader._simple,
)
"""By the three upper bits of the first byte of a value."""
