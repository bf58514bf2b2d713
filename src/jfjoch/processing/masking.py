"""Masked pixels get the error value."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels.mask import overwrite_pixels
from jfjoch.processing.image_target import ImageTarget


class Masking:
    """An image step; knows the masked pixels by their places, which are few."""

    def __init__(self, target: ImageTarget, mask: NDArray[np.uint32], error_value: int) -> None:
        self._target = target
        self._indices = np.flatnonzero(mask)
        self._error_value = error_value

    def apply(self) -> None:
        """Overwrite the masked pixels."""
        overwrite_pixels(self._target.pixels, self._indices, self._error_value)
