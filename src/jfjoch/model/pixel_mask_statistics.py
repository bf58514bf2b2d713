"""How many pixels are masked, and why."""

from typing import Annotated

from pydantic import Field

from jfjoch.model.base import WireModel

Count = Annotated[int, Field(ge=0)]


class PixelMaskStatistics(WireModel):
    """Masked pixels of the detector, by reason (B175)."""

    user_mask: Count | None = None
    too_high_pedestal_rms: Count | None = None
    wrong_gain: Count | None = None
