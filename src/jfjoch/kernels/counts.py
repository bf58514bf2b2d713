"""Counts: what a frame is between conversion and image, int32 [modules, 512, 1024].

Two values are no numbers: ``ERROR`` (the pixel can't be used) and ``SATURATED`` (more than could
be measured).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

MODULE_ROWS = 512
MODULE_COLUMNS = 1024
MODULE_SHAPE = (MODULE_ROWS, MODULE_COLUMNS)
CHIP_PIXELS = 256
"""Rows and columns of a chip; a module is 2 x 4 chips."""

ERROR = np.int32(np.iinfo(np.int32).min)
SATURATED = np.int32(np.iinfo(np.int32).max)

Image = NDArray[np.integer[Any]]
"""Pixels as they are sent, of any of ``IMAGE_DTYPES``, flat and contiguous for kernels."""
SIGNED_DTYPES = ("int8", "int16", "int32")
IMAGE_DTYPES = (*SIGNED_DTYPES, "uint8", "uint16", "uint32")


class SpecialValues(NamedTuple):
    """Values of the pixels of an image that are no numbers."""

    error: int
    saturated: int
