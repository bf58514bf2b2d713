"""Plain CBOR values; the examples of RFC 8949, what cbor2 writes, and hostile bytes."""

import struct
import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jfjoch.errors import StreamError
from jfjoch.stream.cbor.memory_budget import memory_budget
from jfjoch.stream.cbor.reader import MAX_DEPTH, read_map


def read_value(encoded: bytes) -> Any:
    """Read one value, wrapped into a map."""
    return read_map(b"\xa1\x61v" + encoded)["v"]


@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        ("00", 0),
        ("17", 23),
        ("1818", 24),
        ("1903e8", 1000),
        ("1a000f4240", 1000000),
        ("1bffffffffffffffff", 18446744073709551615),
        ("20", -1),
        ("3903e7", -1000),
        ("3bffffffffffffffff", -18446744073709551616),
        ("f93e00", 1.5),
        ("fa47c35000", 100000.0),
        ("fbc010666666666666", -4.1),
        ("f97c00", float("inf")),
        ("f4", False),
        ("f5", True),
        ("f6", None),
        ("60", ""),
        ("6449455446", "IETF"),
        ("62c3bc", "ü"),
        ("80", []),
        ("83010203", [1, 2, 3]),
        ("9f018202039f0405ffff", [1, [2, 3], [4, 5]]),
        ("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}),
        ("a0", {}),
    ],
)
def test_reads_the_examples_of_rfc_8949(encoded: str, value: object) -> None:
    assert read_value(bytes.fromhex(encoded)) == value


_json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), _json_values, max_size=10))
def test_reads_what_cbor2_writes(entries: dict[str, object]) -> None:
    assert read_map(cbor2.dumps(entries)) == entries


def test_self_description_may_be_there() -> None:
    assert read_map(b"\xd9\xd9\xf7" + cbor2.dumps({"a": 1})) == {"a": 1}


def test_byte_strings_are_views_of_the_message() -> None:
    message = bytearray(cbor2.dumps({"a": b"1234"}))
    view = read_map(bytes(message[:-4]) + b"1234")["a"]
    assert isinstance(view, memoryview)
    assert view.readonly
    assert view == b"1234"


def test_a_moment_knows_its_offset() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    assert read_value(cbor2.dumps(cbor2.CBORTag(0, "2026-01-02T03:04:05.678Z"))) == moment


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        (b"", "message is cut off"),
        (b"\xa1", "message is cut off"),
        (b"\xbf", "message is cut off"),
        (b"\x01", "expected a map, got int"),
        (b"\xa0\x00", "1 bytes behind the message"),
        (b"\xa1\x01\x01", "map key 1: expected text"),
        (b"\xa2\x61a\x01\x61a\x02", "map key 'a': expected text, each key once"),
        (b"\xa1\x80\x01", "map key list"),
        (b"\xa1\x61v\x5b\x7f\xff\xff\xff\xff\xff\xff\xff", "bytes announced, 0 left"),
        (b"\xa1\x61v\x9b\x7f\xff\xff\xff\xff\xff\xff\xff", "message is cut off"),
        (b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff", "message is cut off"),
        (b"\xa1\x61v\x61\xff", "text is not UTF-8"),
        (b"\xa1\x61v\x5f\x41a\xff", "additional information 31"),
        (b"\xa1\x61v\x1c", "additional information 28"),
        (b"\xa1\x61v\xff", "simple value 31"),
        (b"\xa1\x61v\xf7", "simple value 23"),
        (b"\xa1\x61v\xc2\x41\x01", "tag 2 is not used"),
        (b"\xa1\x61v\xd8\x23\x61(", "tag 35 is not used"),
        (b"\xa1\x61v\xd9\xd9\xf7\x01", "tag 55799 is not used"),
        (b"\xa1\x61v\xc0\x63now", "date-time 'now'"),
        (b"\xa1\x61v\xc0\x01", "date-time 1"),
        (b"\xa1\x61v\xc0\x6a2026-01-02", "with an offset"),
    ],
)
def test_says_what_is_wrong_with_other_bytes(message: bytes, complaint: str) -> None:
    with pytest.raises(StreamError, match=r"(?i)cbor, byte|date-time") as caught:
        read_map(message)
    assert complaint in str(caught.value)


def test_nesting_ends_at_its_limit() -> None:
    def nested(levels: int) -> bytes:
        return b"\xa1\x61v" + b"\x81" * (levels - 2) + b"\x80"

    read_map(nested(MAX_DEPTH))
    with pytest.raises(StreamError, match=f"nested deeper than {MAX_DEPTH}"):
        read_map(nested(MAX_DEPTH + 1))


def test_tags_count_as_nesting() -> None:
    with pytest.raises(StreamError, match="nested deeper"):
        read_map(b"\xa1\x61v" + b"\xd8\x28" * 10_000 + b"\x80")


_MIB = 1 << 20


@pytest.mark.parametrize(
    "entry",
    [b"\x80", b"\xa0", b"\xa1\x60\x60", b"\x40", b"\xf9\x3e\x00", b"\x81\x81\x80", b"\xd8\x40\x40"],
    ids=["arrays", "maps", "entries", "byte strings", "numbers", "nests", "typed arrays"],
)
@pytest.mark.parametrize("size", [20_000, 2 * _MIB])
def test_values_never_take_four_times_the_message(entry: bytes, size: int) -> None:
    """Containers cost up to a hundred times their byte on the wire (reliability: hostile CBOR)."""
    count = size // len(entry)
    message = b"\xa1\x61v\x9a" + struct.pack(">I", count) + entry * count
    tracemalloc.start()
    try:
        with suppress(StreamError):
            read_map(message)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= memory_budget(len(message))


def test_more_values_than_the_memory_budget_are_refused() -> None:
    with pytest.raises(StreamError, match="far more memory than the message"):
        read_value(b"\x9a\x00\x10\x00\x00" + b"\x80" * _MIB)


def test_a_message_may_consist_of_text() -> None:
    text = "é" * _MIB
    assert read_map(cbor2.dumps({"a": text}))["a"] == text
