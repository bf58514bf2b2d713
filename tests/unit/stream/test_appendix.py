"""What users append must be readable by whoever gets it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jfjoch.errors import InvalidInput
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage
from jfjoch.stream.cbor.appendix import MAX_APPENDIX_DEPTH, check_appendix
from jfjoch.stream.cbor.decode import decode
from jfjoch.stream.cbor.image import encode_image
from jfjoch.stream.cbor.start_encoder import encode_start
from tests.helpers.writer_messages import image_message, start_message


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def start_with(appendix: Any) -> bytes:
    start = start_message()
    sample = type(start.sample)(header_appendix=appendix)
    return encode_start(start_message(sample=sample))


def image_with(appendix: Any) -> bytes:
    start = start_message()
    image = image_message(0, start)
    changed = ImageMessage(
        **{name: getattr(image, name) for name in image.__slots__} | {"appendix": appendix}
    )
    return encode_image(changed, start.arm_date)


_largest = [0] * 10_000
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(_json)
def test_any_json_comes_back(appendix: Any) -> None:
    """B053, B056."""
    start, image = decode(start_with(appendix)), decode(image_with(appendix))
    assert isinstance(start, StartMessage)
    assert isinstance(image, ImageMessage)
    assert start.sample.header_appendix == appendix
    assert image.appendix == appendix


@pytest.mark.parametrize("appendix", [nested(MAX_APPENDIX_DEPTH), _largest, "é" * 250_000])
def test_the_largest_that_may_be_sent_can_be_read(appendix: Any) -> None:
    start, image = decode(start_with(appendix)), decode(image_with(appendix))
    assert isinstance(start, StartMessage)
    assert isinstance(image, ImageMessage)
    assert start.sample.header_appendix == image.appendix == appendix


@pytest.mark.parametrize(
    ("appendix", "complaint"),
    [
        (nested(MAX_APPENDIX_DEPTH + 1), f"nested deeper than {MAX_APPENDIX_DEPTH}"),
        (nested(100_000), "nested deeper"),
        ({"a": [2**64]}, "more than 64 bits"),
        ([-(2**64) - 1], "more than 64 bits"),
        ([0] * 11_000, "too large for the image stream"),
        ({"text": "x" * 2**20}, "too large for the image stream"),
        ({"a": b"bytes"}, "bytes is not a JSON value"),
    ],
)
def test_others_are_refused_by_name(appendix: Any, complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint) as caught:
        check_appendix("header_appendix", appendix)
    assert str(caught.value).startswith("header_appendix")
    with pytest.raises(InvalidInput, match=r"^header_appendix"):
        start_with(appendix)
    with pytest.raises(InvalidInput, match=r"^image_appendix"):
        image_with(appendix)
