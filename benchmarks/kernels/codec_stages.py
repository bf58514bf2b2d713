"""The first half of the codecs alone, to see what costs."""

import numba
import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels.bitshuffle import ALL_STALE, shuffle_block

_BLOCK_BYTES = 8192


def spread_blocks(image: NDArray[np.integer], planes: NDArray[np.uint8]) -> None:
    """Make the bit planes of all whole blocks, each over the one before."""
    _spread(image.ctypes.data, image.nbytes, image.itemsize, planes.ctypes.data)


@numba.njit(nogil=True)
def _spread(source, size, pixel_bytes, planes):  # type: ignore[no-untyped-def]  # Numba infers
    used_planes = ALL_STALE
    for begin in range(0, size - _BLOCK_BYTES, _BLOCK_BYTES):
        used_planes = shuffle_block(
            source + begin, _BLOCK_BYTES // pixel_bytes, pixel_bytes, planes, used_planes
        )
