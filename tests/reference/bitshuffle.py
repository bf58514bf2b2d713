"""Bit planes by NumPy's bits of bytes."""

import numpy as np
from numpy.typing import NDArray


def bit_planes(pixels: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Return the bit planes of a number of pixels that is a multiple of 8, one after the other."""
    pixel_bytes = pixels.view(np.uint8).reshape(pixels.size, pixels.itemsize)
    bits = np.unpackbits(pixel_bytes, axis=1, bitorder="little")
    return np.packbits(bits.T, axis=1, bitorder="little").ravel()
