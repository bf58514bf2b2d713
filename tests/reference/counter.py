"""Frames of a counting detector to images, with whole arrays of Python's integers in mind."""

import numpy as np
from numpy.typing import NDArray

NO_TOTAL = 2**32 - 1
FULL_TOTAL = 2**32 - 2
LIMITS = {8: 255, 16: 4095, 32: FULL_TOTAL}
NO_PACKETS = {8: 65535, 16: 65535, 32: NO_TOTAL}


def totals_of(frame: NDArray[np.integer], bits: int, threshold: int = 0) -> NDArray[np.int64]:
    """Tell what each counter of a frame says."""
    counts = frame.astype(np.int64)
    totals = np.where(counts < threshold, 0, counts)
    totals[counts >= LIMITS[bits]] = FULL_TOTAL
    totals[counts == NO_PACKETS[bits]] = NO_TOTAL
    return totals


def sum_totals(frames: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum over the first axis; no data win over full counters win over numbers."""
    totals = np.minimum(frames.sum(axis=0), FULL_TOTAL)
    totals[(frames == NO_TOTAL).any(axis=0)] = NO_TOTAL
    return totals


def narrowed(totals: NDArray[np.int64], dtype: str, saturation: int) -> NDArray[np.integer]:
    """Fit totals into a pixel type; from ``saturation`` on they are saturated."""
    info = np.iinfo(dtype)
    image = np.where(totals >= saturation, info.max, totals)
    image[totals == NO_TOTAL] = info.min if info.min < 0 else info.max
    return image.astype(dtype)


def with_chip_gaps(module: NDArray[np.integer], gap_value: int) -> NDArray[np.integer]:
    """[512, 1024] -> [514, 1030]: chips of 256 x 256, two pixels apart."""
    image = np.full((514, 1030), gap_value, module.dtype)
    for y in range(2):
        for x in range(4):
            chip = module[256 * y : 256 * (y + 1), 256 * x : 256 * (x + 1)]
            image[258 * y : 258 * y + 256, 258 * x : 258 * x + 256] = chip
    return image
