"""Sizes of a JUNGFRAU module: 2 x 4 chips of 256 x 256 pixels of 75 um."""

import numpy as np
from numpy.typing import NDArray

CHIP_PIXELS = 256
RAW_SHAPE = (512, 1024)
EXTENDED_SHAPE = (514, 1030)
"""With multipixels: two more rows or columns wherever chips meet."""


def pixels_per_raw_line(size: int) -> NDArray[np.int64]:
    """Return how many image pixels each raw row (or column) of a module fills: 1, or 2 at chips."""
    pixels = np.ones(size, np.int64)
    pixels[CHIP_PIXELS:size:CHIP_PIXELS] = 2
    pixels[CHIP_PIXELS - 1 : size - 1 : CHIP_PIXELS] = 2
    return pixels
