"""The sum of frames in counts."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels.counts import ERROR, SATURATED


@kernel
def add_counts(counts: NDArray[np.int32], size: int, total: NDArray[np.int32], begin: int) -> None:
    """Add the first ``size`` of ``counts`` to ``total`` from pixel ``begin`` on; both flat.

    ERROR wins over SATURATED wins over a number; a sum that int32 can't hold becomes one of them.
    """
    for i in range(size):
        pixel = np.uint64(begin + i)
        total[pixel] = _sum(total[pixel], counts[i])


@kernel_part
def _sum(a: np.int32, b: np.int32) -> np.int32:
    exact = np.int64(a) + np.int64(b)
    result = np.int32(min(max(exact, np.int64(ERROR)), np.int64(SATURATED)))
    if a == SATURATED or b == SATURATED:
        result = SATURATED
    if a == ERROR or b == ERROR:
        result = ERROR
    return result
