"""The low threshold."""

import numpy as np
from numpy.typing import NDArray

from tests.reference.conversion import ERROR


def zero_below(counts: NDArray[np.int32], threshold: int) -> NDArray[np.int32]:
    """Counts below the threshold become 0, but errors."""
    return np.where((counts < threshold) & (counts != ERROR), 0, counts)
