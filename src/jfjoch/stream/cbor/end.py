"""The end message."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.messages.end import EndMessage
from jfjoch.stream.cbor.analysis import finite_or_none
from jfjoch.stream.cbor.encoding import date_time, encode_map, vector
from jfjoch.stream.cbor.fields import Fields


def encode_end(message: EndMessage) -> bytes:
    """Return the message as CBOR."""
    profile = message.mean_profile
    return encode_map(
        {
            "type": "end",
            "series_id": message.run_number,
            "series_unique_id": message.run_name,
            "end_date": date_time(message.end_date),
            "max_image_number": message.max_image_number,
            "images_collected": message.images_collected,
            "images_sent_to_write": message.images_sent,
            "images_expected": message.images_expected,
            "data_collection_efficiency": message.efficiency,
            "max_receiver_delay": message.max_receiver_delay,
            "cancelled": message.cancelled,
            "az_int_result": None if profile is None else {"default": vector(profile)},
            "bkg_estimate": finite_or_none(message.bkg_estimate),
            "indexing_rate": message.indexing_rate,
        }
    )


def decode_end(fields: Fields) -> EndMessage:
    """Return the message, or raise StreamError naming the key that is wrong."""
    max_image_number = fields.integer("max_image_number")
    return EndMessage(
        run_number=fields.integer("series_id"),
        run_name=fields.text("series_unique_id"),
        end_date=fields.moment("end_date"),
        max_image_number=max_image_number,
        images_collected=fields.integer("images_collected", default=max_image_number),
        images_sent=fields.integer("images_sent_to_write", default=max_image_number),
        images_expected=fields.integer("images_expected", default=max_image_number),
        efficiency=fields.number("data_collection_efficiency", default=1.0),
        max_receiver_delay=fields.integer("max_receiver_delay", default=0),
        cancelled=fields.flag("cancelled", default=False),
        mean_profile=_profile(fields.section("az_int_result")),
        bkg_estimate=fields.optional_number("bkg_estimate"),
        indexing_rate=fields.optional_number("indexing_rate"),
    )


def _profile(channels: Fields) -> NDArray[np.float32] | None:
    return channels.values(channels.channel(), np.float32) if channels.names else None
