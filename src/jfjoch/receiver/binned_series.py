"""One number per image, kept for a plot: over bins of images, so that memory has a limit."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Reduction = Literal["mean", "maximum"]

MAX_BINS = 65536
"""A run of more images is kept in bins of 2, 4, 8... of them."""
_FIRST_BINS = 1024
_COMBINE: dict[Reduction, np.ufunc] = {"mean": np.add, "maximum": np.maximum}
_NOTHING: dict[Reduction, float] = {"mean": 0.0, "maximum": -np.inf}


@dataclass(frozen=True, slots=True, eq=False)
class BinnedValues:
    """A series as it was at some time. Bin i holds ``bin_width`` images from i * bin_width on."""

    reduction: Reduction
    values: NDArray[np.float64]
    """[bins]: sum or maximum."""
    counts: NDArray[np.int64]
    """[bins]: images with a value."""
    bin_width: int

    def points(self, binning: int, image_count: int) -> tuple[list[float], list[float]]:
        """Return x and y over bins of ``binning`` images, bins without a value left out.

        x is the middle of the bin's image numbers, with numbers below ``image_count``; y the mean
        or maximum of its images. A ``binning`` finer than what was kept becomes a multiple of it.
        """
        width = max(1, min(binning, image_count))
        step = -(-width // self.bin_width)
        bins = np.arange(0, self.values.size, step)
        if not bins.size:
            return [], []
        counts = np.add.reduceat(self.counts, bins)
        values = _COMBINE[self.reduction].reduceat(self.values, bins)
        first = bins * self.bin_width
        last = np.minimum(first + step * self.bin_width, image_count) - 1
        filled = counts > 0
        if self.reduction == "mean":
            values[filled] /= counts[filled]
        return ((first + last) / 2)[filled].tolist(), values[filled].tolist()


class BinnedSeries:
    """Grows with the run; neighbouring bins are merged when there would be too many.

    Memory: 16 bytes per bin, at most 1 MiB with ``max_bins`` as it is. Not thread-safe.
    """

    def __init__(self, reduction: Reduction, max_bins: int = MAX_BINS) -> None:
        self._reduction = reduction
        self._max_bins = max_bins
        self._bin_width = 1
        self._values = np.empty(0, np.float64)
        self._counts = np.empty(0, np.int64)

    def add(self, image_numbers: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """Add the values of some images, in any order; those that are not finite are left out."""
        there = np.isfinite(values)
        if not there.any():
            return
        numbers = image_numbers[there]
        self._make_room(int(numbers.max()))
        bins = numbers // self._bin_width
        _COMBINE[self._reduction].at(self._values, bins, values[there])
        np.add.at(self._counts, bins, 1)

    def snapshot(self) -> BinnedValues:
        """Return what is kept now; it does not change any more."""
        values, counts = self._values.copy(), self._counts.copy()
        return BinnedValues(self._reduction, values, counts, self._bin_width)

    def _make_room(self, image_number: int) -> None:
        while image_number // self._bin_width >= self._max_bins:
            self._merge_pairs()
        needed = image_number // self._bin_width + 1
        if needed > self._values.size:
            size = min(self._max_bins, max(needed, 2 * self._values.size, _FIRST_BINS))
            self._values = _extended(self._values, size, _NOTHING[self._reduction])
            self._counts = _extended(self._counts, size, 0)

    def _merge_pairs(self) -> None:
        pairs = np.arange(0, self._values.size, 2)
        if pairs.size:
            self._values = _COMBINE[self._reduction].reduceat(self._values, pairs)
            self._counts = np.add.reduceat(self._counts, pairs)
        self._bin_width *= 2


def _extended(array: NDArray[Any], size: int, fill: float) -> NDArray[Any]:
    return np.concatenate([array, np.full(size - array.size, fill, array.dtype)])
