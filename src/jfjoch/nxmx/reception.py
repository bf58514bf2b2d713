"""How each image was received: what goes to /entry/image and /entry/xfel."""

import numpy as np

from jfjoch.messages.start import StartMessage
from jfjoch.nxmx.image_record import ImageRecord

_IMAGE = "/entry/image"
_XFEL = "/entry/xfel"
NO_PULSE = -1
_NS_PER_S = 1e9


def reception_records() -> list[ImageRecord]:
    """Return what is known of every image of every run."""
    return [
        ImageRecord(
            f"{_IMAGE}/efficiency",
            "float32",
            0,
            lambda image: image.efficiency,
            description="packets received / expected",
        ),
        ImageRecord(f"{_IMAGE}/packets_expected", "int64", 0, lambda image: image.packets_expected),
        ImageRecord(f"{_IMAGE}/packets_received", "int64", 0, lambda image: image.packets_received),
        ImageRecord(
            f"{_IMAGE}/delay",
            "int64",
            0,
            lambda image: image.receiver_delay,
            description="frames that came in since the last one of the image",
        ),
        ImageRecord(
            f"{_IMAGE}/time",
            "float64",
            np.nan,
            lambda image: image.start_time_ns / _NS_PER_S,
            units="s",
            description="from the start of the run to the start of the image",
        ),
    ]


def xfel_records(start: StartMessage) -> list[ImageRecord]:
    """Return number and event code of each image's pulse, -1 = not recorded."""
    if not start.pulsed:
        return []
    return [
        ImageRecord(f"{_XFEL}/pulseID", "int64", NO_PULSE, lambda image: image.pulse_id),
        ImageRecord(f"{_XFEL}/eventCode", "int64", NO_PULSE, lambda image: image.event_code),
    ]
