"""Masked pixels of an image."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel
from jfjoch.kernels.counts import IMAGE_DTYPES, Image


@kernel
def overwrite_pixels(image: Image, indices: NDArray[np.int64], value: int) -> None:
    """Write ``value`` to the pixels ``indices`` of the flat ``image``, of any integer type."""
    for index in indices:
        image[np.uint64(index)] = value


def warm_up() -> None:
    """Compile for all image types."""
    for dtype in IMAGE_DTYPES:
        overwrite_pixels(np.empty(0, dtype), np.empty(0, np.int64), 0)
