"""The low threshold on the counts of a single frame."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel
from jfjoch.kernels.counts import ERROR


@kernel
def zero_below(counts: NDArray[np.int32], begin: int, size: int, threshold: int) -> None:
    """Set counts below ``threshold`` to 0, but ERROR, in ``size`` of flat ``counts``."""
    limit = np.int32(threshold)
    for i in range(size):
        pixel = np.uint64(begin + i)
        count = counts[pixel]
        counts[pixel] = 0 if count < limit and count != ERROR else count
