"""Whatever comes: a message or a StreamError, nothing else."""

from contextlib import suppress

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jfjoch.errors import StreamError
from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.metadata import MetadataMessage
from jfjoch.stream.cbor.calibration import encode_calibration
from jfjoch.stream.cbor.decode import decode
from jfjoch.stream.cbor.end import encode_end
from jfjoch.stream.cbor.image import encode_image
from jfjoch.stream.cbor.metadata import encode_metadata
from jfjoch.stream.cbor.start_encoder import encode_start
from tests.helpers.given_analysis import analysed_image
from tests.helpers.writer_messages import end_message, image_message, start_message

_START = start_message()
_MESSAGES = (
    encode_start(_START),
    encode_image(image_message(3, _START), _START.arm_date),
    encode_image(analysed_image(3, _START), _START.arm_date),
    encode_end(end_message(_START, 4)),
    encode_calibration(CalibrationMessage(1, "x", "pedestal_g0", np.ones((2, 3), np.float32))),
    *encode_metadata(
        MetadataMessage(1, "run one", (image_message(3, _START), image_message(4, _START))),
        _START.arm_date,
    ),
)


def decode_or_refuse(message: bytes) -> None:
    with suppress(StreamError):
        decode(message)


@given(st.binary(max_size=300))
def test_random_bytes(message: bytes) -> None:
    decode_or_refuse(message)


@st.composite
def _broken_messages(draw: st.DrawFn) -> bytes:
    """A good message with bytes replaced, cut out and put in; mostly among the small keys."""
    message = bytearray(draw(st.sampled_from(_MESSAGES)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, min(len(message), 1500)))
        message[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=4))
    return bytes(message)


@settings(max_examples=500)
@given(_broken_messages())
def test_broken_messages(message: bytes) -> None:
    decode_or_refuse(message)


@given(st.sampled_from(_MESSAGES), st.data())
def test_cut_off_messages(message: bytes, data: st.DataObject) -> None:
    decode_or_refuse(message[: data.draw(st.integers(0, len(message)))])


def test_every_single_bit_of_the_small_keys() -> None:
    for message in _MESSAGES[1:4]:
        for bit in range(8 * min(len(message), 400)):
            flipped = bytearray(message)
            flipped[bit // 8] ^= 1 << bit % 8
            decode_or_refuse(bytes(flipped))
