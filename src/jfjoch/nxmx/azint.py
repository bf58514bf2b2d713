"""/entry/azint: the azimuthal profile of every image."""

from functools import partial
from typing import Any

import numpy as np

from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage
from jfjoch.nxmx.image_record import ImageRecord, RunConstant

_AZINT = "/entry/azint"


def azint_records(start: StartMessage) -> list[ImageRecord]:
    """Return the profiles, [images, bins] float32; NaN for a bin without a valid pixel."""
    bins = len(start.analysis.az_int_bin_to_q)
    if not bins:
        return []
    return [ImageRecord(f"{_AZINT}/image", "float32", np.nan, partial(_profile, bins), (bins,))]


def azint_constants(start: StartMessage) -> list[RunConstant]:
    """Return the centres of the bins, [bins], 1/Angstrom."""
    bin_to_q = start.analysis.az_int_bin_to_q
    return [RunConstant(f"{_AZINT}/bin_to_q", bin_to_q, "1/angstrom")] if len(bin_to_q) else []


def _profile(bins: int, image: ImageMessage) -> Any:
    """A profile with other bins than the start has announced says nothing."""
    profile = image.analysis.profile
    return profile if profile is not None and len(profile) == bins else None
