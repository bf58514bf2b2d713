"""From the raw frames of a whole JUNGFRAU to its image, slowly, in float64."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.reference.assembly import assembled, narrowed
from tests.reference.conversion import (
    SATURATED,
    exact_counts,
    round_half_away,
    special_counts,
)
from tests.reference.summation import sum_counts

_HALF_WAY_TOLERANCE = 1e-4
"""Nearer than this to a half, either neighbour is right."""


@dataclass(frozen=True)
class CountBounds:
    """The lowest and the highest counts that are right; equal but for halves. Specials as they are.

    Arrays of any shape, int32, ERROR and SATURATED among them.
    """

    lowest: NDArray[np.int32]
    highest: NDArray[np.int32]

    def image(self, places: list[tuple[int, int]], shape: tuple[int, int], dtype: str) -> "Bounds":
        """Return those of the assembled image; counts are [modules, 512, 1024]."""
        return Bounds(
            narrowed(assembled(self.lowest, places, shape), dtype),
            narrowed(assembled(self.highest, places, shape), dtype),
        )

    def stacked(self, dtype: str) -> "Bounds":
        """Return those of the image without geometry: modules one below the other."""
        return Bounds(
            narrowed(self.lowest.reshape(-1, 1024).astype(np.int64), dtype),
            narrowed(self.highest.reshape(-1, 1024).astype(np.int64), dtype),
        )


@dataclass(frozen=True)
class Bounds:
    """The lowest and the highest values an image may have."""

    lowest: NDArray[np.integer]
    highest: NDArray[np.integer]

    def without(self, missing: NDArray[np.bool_]) -> "Bounds":
        """Return those with the error value, the lowest of a signed type, where it is missing."""
        error = np.iinfo(self.lowest.dtype).min
        return Bounds(
            np.where(missing, error, self.lowest).astype(self.lowest.dtype),
            np.where(missing, error, self.highest).astype(self.highest.dtype),
        )

    def wrong_pixels(self, image: NDArray[np.integer]) -> int:
        """Count the pixels outside; type and shape must agree."""
        assert (image.dtype, image.shape) == (self.lowest.dtype, self.lowest.shape)
        return int(np.count_nonzero((image < self.lowest) | (image > self.highest)))


def counts_of(
    raw: NDArray[np.uint16],
    pedestal: NDArray[np.float64],
    gain: NDArray[np.float64],
    energy_kev: float,
    limit: int,
) -> CountBounds:
    """Convert one frame; counts from ``limit`` on are saturated.

    raw: any shape; pedestal and gain: the same with three stages in front of it.
    """
    exact = np.nan_to_num(exact_counts(raw, pedestal, gain, energy_kev))
    special = special_counts(raw, pedestal, gain)
    lowest, highest = (
        _with_specials(round_half_away(exact + shift), special, limit)
        for shift in (-_HALF_WAY_TOLERANCE, _HALF_WAY_TOLERANCE)
    )
    return CountBounds(lowest, highest)


def sum_of(frames: Sequence[CountBounds]) -> CountBounds:
    """Sum frames; error wins over saturated wins over numbers."""
    lowest, highest = (
        sum_counts(np.stack(arrays)).astype(np.int32)
        for arrays in ([f.lowest for f in frames], [f.highest for f in frames])
    )
    return CountBounds(lowest, highest)


def _with_specials(
    counts: NDArray[np.float64], special: NDArray[np.int64], limit: int
) -> NDArray[np.int32]:
    numbers = np.where(counts >= limit, SATURATED, counts)
    return np.where(special == 0, numbers, special).astype(np.int32)
