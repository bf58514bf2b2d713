"""Counts of multipixels before they are divided, for those who need them whole."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class UndividedCounts:
    """Filled in by the frame step whenever it places an image."""

    pixels: NDArray[np.int64]
    """[n] which ones, by their number in the flat raw frame."""
    counts: NDArray[np.int32]
    """[n] ERROR and SATURATED as everywhere."""

    @classmethod
    def of(cls, pixels: NDArray[np.int64]) -> "UndividedCounts":
        """Reserve the memory."""
        return cls(pixels, np.empty(len(pixels), np.int32))


def no_undivided() -> UndividedCounts:
    """Return the counts of no pixel."""
    return UndividedCounts.of(np.empty(0, np.int64))
