"""Spot finding and indexing (/config/spot_finding)."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from jfjoch.model.base import Float, Int64, Settings

MOST_SPOTS_PER_IMAGE = 250
"""The most intense ones are kept."""


class SpotFindingSettings(Settings):
    """What counts as a spot, and whether images are indexed (B116-B123)."""

    enable: bool
    indexing: bool
    filter_powder_rings: bool = False
    min_spot_count_powder_ring: Annotated[Int64, Field(ge=5)] = 20
    signal_to_noise_threshold: Annotated[Float, Field(ge=0)]
    photon_count_threshold: Annotated[Int64, Field(ge=0)]
    min_pix_per_spot: Annotated[Int64, Field(ge=1)]
    max_pix_per_spot: Annotated[Int64, Field(ge=1)]
    high_resolution_limit: Float
    low_resolution_limit: Float
    indexing_tolerance: Annotated[Float, Field(ge=0.0, le=1.0)]

    @field_validator("max_pix_per_spot")
    @classmethod
    def _not_below_least(cls, most: int, info: ValidationInfo) -> int:
        least = info.data.get("min_pix_per_spot")  # missing where it is wrong by itself
        if least is not None and most < least:
            raise ValueError(f"expected a value >= min_pix_per_spot ({least})")
        return most

    @field_validator("high_resolution_limit")
    @classmethod
    def _a_distance(cls, high: float) -> float:
        if high < 0:
            raise ValueError("expected a value >= 0 (Angstrom)")
        return high

    @field_validator("low_resolution_limit")
    @classmethod
    def _above_high(cls, low: float, info: ValidationInfo) -> float:
        high = info.data.get("high_resolution_limit")
        if high is not None and not low > high:
            raise ValueError(f"expected a value > high_resolution_limit ({high})")
        return low


DEFAULT_SPOT_FINDING = SpotFindingSettings(
    enable=True,
    indexing=True,
    signal_to_noise_threshold=4.0,
    photon_count_threshold=8,
    min_pix_per_spot=2,
    max_pix_per_spot=50,
    high_resolution_limit=1.5,
    low_resolution_limit=50.0,
    indexing_tolerance=0.1,
)
