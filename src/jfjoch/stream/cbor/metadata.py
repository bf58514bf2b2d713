"""The metadata message: images without their pixels, many at a time."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from jfjoch.messages.image import NO_PIXELS
from jfjoch.messages.metadata import MetadataMessage
from jfjoch.stream.cbor.encoding import encode_map, encoded_list
from jfjoch.stream.cbor.fields import Fields
from jfjoch.stream.cbor.image import decode_image_entries, image_entries
from jfjoch.stream.cbor.memory_budget import SMALLEST_BUDGET, VALUE_COST, reading_cost, text_cost

_Entries = dict[str, Any]
_COST_AROUND_IMAGES = 10 * VALUE_COST
"""Keys, series id and the two containers; the run's name comes on top."""


def encode_metadata(message: MetadataMessage, series_date: datetime) -> list[bytes]:
    """Return the message as CBOR, in as many parts as it takes for every reader to take each.

    Each part is a whole message with some of the images, in their order; of no images there is
    no part. A reader grants a message little memory beyond its size, so that about 300 images
    make a part, fewer if they have a large appendix. Raises InvalidInput for an appendix that
    no reader could take.
    """
    room = SMALLEST_BUDGET - _COST_AROUND_IMAGES - text_cost(message.run_name)
    images = [_present(image_entries(image, series_date)) for image in message.images]
    head = {
        "type": "metadata",
        "series_id": message.run_number,
        "series_unique_id": message.run_name,
    }
    return [
        encode_map({**head, "images": encoded_list([encode_map(image) for image in part])})
        for part in _parts(images, room)
    ]


def _present(entries: _Entries) -> _Entries:
    return {key: value for key, value in entries.items() if value is not None}


def _parts(images: list[_Entries], room: int) -> Iterator[list[_Entries]]:
    """Split where the next image would cost a reader more than ``room``."""
    part: list[_Entries] = []
    left = room
    for image in images:
        cost = reading_cost(image)
        if part and cost > left:
            yield part
            part, left = [], room
        part.append(image)
        left -= cost
    if part:
        yield part


def decode_metadata(fields: Fields) -> MetadataMessage:
    """Return the message, or raise StreamError naming the key that is wrong."""
    return MetadataMessage(
        run_number=fields.integer("series_id"),
        run_name=fields.text("series_unique_id"),
        images=tuple(decode_image_entries(image, NO_PIXELS) for image in fields.maps("images")),
    )
