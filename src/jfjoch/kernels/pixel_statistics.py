"""What is counted over a finished image."""

from typing import Any

import numpy as np

from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels.counts import IMAGE_DTYPES, Image

_BLOCK = 8192
"""Pixels counted in 32 bit before they are added up in 64."""


@kernel
def pixel_statistics(image: Image, error: int, saturated: int) -> tuple[int, int, int, int]:
    """Return error pixels, saturated pixels, lowest and highest other value of a flat image.

    ``error`` is an end of the range of the pixel type, ``saturated`` its upper end. Where both
    are the same (unsigned types), such pixels count as error. Without any other pixel the lowest
    value is above the highest.
    """
    errors = saturations = 0
    bottom = min(error, 0)
    lowest, highest = np.int64(saturated), np.int64(bottom)
    # Values of the pixel type keep the loop over a block in narrow vector lanes.
    pixel_type = image.dtype.type
    ends = pixel_type(error), pixel_type(saturated), pixel_type(bottom)
    for begin in range(0, image.size, _BLOCK):
        block = _block_statistics(image, begin, min(begin + _BLOCK, image.size), ends)
        errors += block[0]
        saturations += block[1]
        lowest = min(lowest, np.int64(block[2]))
        highest = max(highest, np.int64(block[3]))
    return errors, 0 if error == saturated else saturations, int(lowest), int(highest)


@kernel_part
def _block_statistics(image: Image, begin: int, end: int, ends: Any) -> tuple[Any, Any, Any, Any]:
    error, saturated, bottom = ends
    errors = saturations = np.int32(0)
    lowest, highest = saturated, bottom
    for i in range(begin, end):
        value = image[np.uint64(i)]
        errors = np.int32(errors + np.int32(value == error))
        saturations = np.int32(saturations + np.int32(value == saturated))
        # An error at the lower end never is the highest value, one at the upper end is saturated.
        low = saturated if value == error else value
        high = bottom if value == saturated else value
        lowest = low if low < lowest else lowest
        highest = high if high > highest else highest
    return errors, saturations, lowest, highest


def warm_up() -> None:
    """Compile for all image types."""
    for dtype in IMAGE_DTYPES:
        pixel_statistics(np.empty(0, dtype), 0, 0)
