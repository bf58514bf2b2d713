"""Masked pixels."""

import numpy as np
from numpy.typing import NDArray


def masked(image: NDArray, mask: NDArray[np.uint32], error: int) -> NDArray:  # type: ignore[type-arg]  # any pixel type
    """Pixels with any bit of the mask set get the error value."""
    return np.where(mask != 0, image.dtype.type(error), image)
