"""Sizes of a module, JUNGFRAU or EIGER: 2 x 4 chips of 256 x 256 pixels of 75 um."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels.counts import CHIP_PIXELS, MODULE_SHAPE

PIXEL_SIZE_M = 75e-6
RAW_SHAPE = MODULE_SHAPE
EXTENDED_SHAPE = (514, 1030)
"""With multipixels: two more rows or columns wherever chips meet."""


def pixels_per_raw_line(size: int) -> NDArray[np.int64]:
    """Return how many image pixels each raw row (or column) of a module fills: 1, or 2 at chips."""
    pixels = np.ones(size, np.int64)
    pixels[CHIP_PIXELS:size:CHIP_PIXELS] = 2
    pixels[CHIP_PIXELS - 1 : size - 1 : CHIP_PIXELS] = 2
    return pixels
