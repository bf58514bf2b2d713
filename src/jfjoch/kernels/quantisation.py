"""Lossy compression that keeps the noise of counting: the square root of the counts."""

import numpy as np

from jfjoch.kernels._jit import kernel
from jfjoch.kernels.assembly import OutputRange
from jfjoch.kernels.counts import IMAGE_DTYPES, Image


@kernel
def quantise_pixels(image: Image, factor: int, output: OutputRange) -> None:
    """Replace v by round(sqrt(v) * factor) in the flat ``image``, of any integer type, in place.

    The noise of v counts is sqrt(v), so a step of 1 in the result is 2 / factor of it, whatever v.
    Error and saturated values are kept, negative numbers become 0, too large results saturated.
    """
    for index in range(image.size):
        value = np.int64(image[index])
        bits = np.int32(value)
        if bits != output.error and bits != output.saturated:
            root = np.int64(np.sqrt(np.float64(0 if value < 0 else value)) * factor + 0.5)
            image[index] = output.saturated if root >= output.saturation_limit else root


def warm_up() -> None:
    """Compile for all image types."""
    output = OutputRange(*np.zeros(len(OutputRange._fields), np.int32))
    for dtype in IMAGE_DTYPES:
        quantise_pixels(np.empty(0, dtype), 1, output)
