"""A message never costs more than four times its own size, whatever it claims to hold."""

import tracemalloc
from contextlib import suppress
from typing import Any

import cbor2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jfjoch.errors import StreamError
from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.stream.cbor.calibration import encode_calibration
from jfjoch.stream.cbor.decode import decode
from jfjoch.stream.cbor.image import encode_image
from jfjoch.stream.cbor.start_encoder import encode_start
from tests.helpers.writer_messages import image_message, start_message

OVERHEAD_BYTES = 1 << 18
"""Objects of a message without content, and of what the error says."""
SIZE = 1 << 20
_START = start_message()
_CALIBRATION = CalibrationMessage(1, "x", "pedestal_g0", np.ones((512, 1024), np.float32))
MESSAGES = (
    encode_start(_START),
    encode_image(image_message(3, _START), _START.arm_date),
    encode_calibration(_CALIBRATION),
)
IMAGE_KEYS: dict[str, Any] = cbor2.loads(MESSAGES[1])


def decoding_bytes(message: bytes) -> int:
    """Most memory that decoding takes at any moment, besides the message itself."""
    tracemalloc.start()
    try:
        with suppress(StreamError):
            decode(message)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def assert_modest(message: bytes) -> None:
    assert decoding_bytes(message) <= 4 * len(message) + OVERHEAD_BYTES


def matrix(rows: int, columns: int, payload: bytes) -> cbor2.CBORTag:
    return cbor2.CBORTag(40, [[rows, columns], cbor2.CBORTag(69, payload)])


def compressed(rows: int, columns: int, payload: bytes) -> cbor2.CBORTag:
    inner = cbor2.CBORTag(56500, ["bslz4", 2, payload])
    return cbor2.CBORTag(40, [[rows, columns], cbor2.CBORTag(69, inner)])


@pytest.mark.parametrize(
    "data",
    [
        matrix(1 << 20, 1 << 20, bytes(64)),
        matrix(1 << 62, 1 << 62, bytes(64)),
        compressed(1 << 20, 1 << 20, bytes(64)),
        compressed(65_535, 65_535, (1 << 60).to_bytes(8, "big") + bytes(100)),
        matrix(1024, SIZE // 2048, bytes(SIZE)),
        compressed(1024, SIZE // 2048, bytes(SIZE)),
        cbor2.CBORTag(69, bytes(SIZE)),
        bytes(SIZE),
        "x" * SIZE,
    ],
)
def test_claimed_dimensions(data: Any) -> None:
    assert_modest(cbor2.dumps(IMAGE_KEYS | {"data": {"default": data}}))


@pytest.mark.parametrize(
    "message",
    [
        b"\x9b" + (1 << 40).to_bytes(8, "big"),
        b"\xbb" + (1 << 40).to_bytes(8, "big"),
        b"\x5b" + (1 << 40).to_bytes(8, "big"),
        b"\x7b" + (1 << 60).to_bytes(8, "big"),
        b"\xa1\x61x\x9b" + (1 << 32).to_bytes(8, "big") + bytes(100),
        b"\x81" * SIZE,
        b"\xa1\x00" * (SIZE // 2),
        b"\xd8\x28" * (SIZE // 2),
        b"\xc2\x5b" + SIZE.to_bytes(8, "big") + b"\xff" * SIZE,
        b"\x9f" * SIZE,
        b"\xa1\x61x\x9a" + SIZE.to_bytes(4, "big") + bytes(SIZE),
        b"\xa1\x61x\x9a" + SIZE.to_bytes(4, "big") + b"\x80" * SIZE,
        b"\xa1\x61x\x9a" + (SIZE // 2).to_bytes(4, "big") + b"\x61x" * (SIZE // 2),
        b"\xa1\x61x\x9a" + (SIZE // 3).to_bytes(4, "big") + b"\xf9\x3c\x00" * (SIZE // 3),
        b"\x5f" + b"\x41x" * (SIZE // 2),
    ],
    ids=lambda message: f"{message[:4].hex()}-{message[-3:].hex()}",
)
def test_claimed_lengths_and_depths(message: bytes) -> None:
    assert_modest(message)


@pytest.mark.parametrize("message", MESSAGES, ids=["start", "image", "calibration"])
def test_good_messages(message: bytes) -> None:
    assert_modest(message)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(MESSAGES), st.data())
def test_broken_messages(message: bytes, data: st.DataObject) -> None:
    broken = bytearray(message)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, min(len(broken), 1500)))
        broken[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=9))
    assert_modest(bytes(broken))
