"""Metadata messages there and back, and read by an independent reader."""

from dataclasses import replace
from typing import Any

import cbor2
import pytest

from jfjoch.errors import StreamError
from jfjoch.messages.image import NO_PIXELS, ImageMessage
from jfjoch.messages.metadata import MetadataMessage
from jfjoch.stream.cbor.decode import decode
from jfjoch.stream.cbor.image import encode_image
from jfjoch.stream.cbor.memory_budget import SMALLEST_BUDGET
from jfjoch.stream.cbor.metadata import encode_metadata
from tests.helpers import cbor_tags
from tests.helpers.writer_messages import image_message, start_message

START = start_message()


def images(count: int, **changes: Any) -> tuple[ImageMessage, ...]:
    return tuple(replace(image_message(n, START), **changes) for n in range(count))


def metadata(sent: tuple[ImageMessage, ...]) -> MetadataMessage:
    return MetadataMessage(
        START.run_number, START.run_name, tuple(image.without_pixels() for image in sent)
    )


def test_metadata_come_back_as_they_were() -> None:
    """B140: all but the pixels, in the order they were given."""
    sent = metadata(images(3, pulse_id=2**40, event_code=12, appendix={"a": [1, "x"]}))
    (part,) = encode_metadata(sent, START.arm_date)
    came = decode(part)
    assert came == sent
    assert isinstance(came, MetadataMessage)
    assert all(image.image is NO_PIXELS for image in came.images)


def test_each_entry_is_the_image_message_without_its_data() -> None:
    """B140: key by key, for an independent reader."""
    sent = images(2, appendix="of every image")
    (part,) = encode_metadata(metadata(sent), START.arm_date)
    came = cbor_tags.decode(part)
    assert (came["type"], came["series_id"], came["series_unique_id"]) == ("metadata", 1, "run one")
    for entry, image in zip(came["images"], sent, strict=True):
        whole = cbor_tags.decode(encode_image(image, START.arm_date))
        del whole["data"]
        assert entry == whole


@pytest.mark.parametrize(
    ("count", "appendix"),
    [
        (2000, None),
        (400, {"values": [0] * 500}),
        (3, ["x" * 500_000, "y" * 500_000]),
        (3, [0] * 10_400),
    ],
    ids=["many", "appendices", "long texts", "the largest appendix"],
)
def test_a_bundle_is_split_so_that_each_part_can_be_read(count: int, appendix: Any) -> None:
    """Every image once, in order, in parts a reader grants the memory for; no part is idle."""
    sent = metadata(images(count, appendix=appendix))
    parts = encode_metadata(sent, START.arm_date)
    assert 1 < len(parts) < count or count == 3
    came = [decode(part) for part in parts]
    assert all(isinstance(part, MetadataMessage) and part.images for part in came)
    together = [
        image for part in came if isinstance(part, MetadataMessage) for image in part.images
    ]
    assert tuple(together) == sent.images
    assert all(len(part) < SMALLEST_BUDGET for part in parts)


def test_no_images_are_no_message() -> None:
    assert encode_metadata(metadata(()), START.arm_date) == []


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ({"images": 3}, "images: expected a list of maps, got 3"),
        ({"images": [{}, 3]}, "images: expected a list of maps"),
        ({"images": [{}]}, r"metadata.images\[0\]: image_id is missing"),
    ],
)
def test_what_is_no_list_of_images_is_refused(entries: dict[str, Any], complaint: str) -> None:
    head = {"type": "metadata", "series_id": 1, "series_unique_id": "x"}
    with pytest.raises(StreamError, match=complaint):
        decode(cbor2.dumps(head | entries))
