"""Azimuthal integration (/config/azim_int)."""

import math
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationInfo, field_validator

from jfjoch.model.base import Float, Settings

MOST_BINS = 10_000
"""A profile travels with every image; a mistyped q_spacing shall not make it larger than that."""
_ROUNDING = 1e-6
"""A range of a whole number of spacings has that many bins, whatever the last digit says."""


class AzimIntSettings(Settings):
    """Range and corrections of the azimuthal integration, q in 1/Angstrom (B124-B127)."""

    polarization_factor: Annotated[Float, Field(ge=-1.0, le=1.0)] | None = None
    solid_angle_corr: bool
    high_q_recipA: Float  # noqa: N815 (wire name)
    low_q_recipA: Float  # noqa: N815 (wire name)
    q_spacing: Float

    @field_validator("low_q_recipA")
    @classmethod
    def _below_high(cls, low: float, info: ValidationInfo) -> float:
        if low < 0:
            raise ValueError("expected a value >= 0")
        high = info.data.get("high_q_recipA")  # missing where it is wrong by itself
        if high is not None and not low < high:
            raise ValueError(f"expected a value < high_q_recipA ({high})")
        return low

    @field_validator("q_spacing")
    @classmethod
    def _some_bins(cls, spacing: float, info: ValidationInfo) -> float:
        if spacing <= 0:
            raise ValueError("expected a value > 0")
        low, high = info.data.get("low_q_recipA"), info.data.get("high_q_recipA")
        if low is None or high is None:
            return spacing
        least = (high - low) / (MOST_BINS + _ROUNDING)
        if spacing < least:
            raise ValueError(
                f"expected a value >= {least:.6g}, as there are at most {MOST_BINS} bins between"
                f" low_q_recipA ({low}) and high_q_recipA ({high})"
            )
        if (high - low) / spacing <= _ROUNDING:
            raise ValueError(
                f"expected a spacing that gives at least one bin between low_q_recipA ({low}) and"
                f" high_q_recipA ({high})"
            )
        return spacing

    @property
    def bin_count(self) -> int:
        """Number of bins, 1 to MOST_BINS."""
        q_range = self.high_q_recipA - self.low_q_recipA
        return math.ceil(q_range / self.q_spacing - _ROUNDING)

    @property
    def bin_to_q(self) -> NDArray[np.float32]:
        """[bins], 1/Angstrom: the centre of each bin."""
        centres = self.low_q_recipA + (np.arange(self.bin_count) + 0.5) * self.q_spacing
        return centres.astype(np.float32)


DEFAULT_AZIM_INT = AzimIntSettings(
    solid_angle_corr=True, high_q_recipA=5.0, low_q_recipA=0.1, q_spacing=0.05
)
