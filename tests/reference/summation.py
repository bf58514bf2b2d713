"""The sum of frames of counts, in 64 bit."""

import numpy as np
from numpy.typing import NDArray

from tests.reference.conversion import ERROR, SATURATED


def sum_counts(frames: NDArray[np.int32]) -> NDArray[np.int64]:
    """Sum over the first axis; error wins over saturated wins over numbers."""
    total = np.clip(frames.astype(np.int64).sum(axis=0), ERROR, SATURATED)
    total[(frames == SATURATED).any(axis=0)] = SATURATED
    total[(frames == ERROR).any(axis=0)] = ERROR
    return total
