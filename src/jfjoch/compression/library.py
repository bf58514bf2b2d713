"""Chunks made by the bitshuffle library: any kind of data, slower for counts."""

from typing import Literal

import bitshuffle
import numpy as np
from numpy.typing import NDArray

from jfjoch.compression.chunk_header import BLOCK_BYTES, ChunkHeader

_ZSTD_LEVEL = 1


def library_chunk(image: NDArray[np.generic], algorithm: Literal["bslz4", "bszstd"]) -> bytes:
    """Return an HDF5 bitshuffle chunk of a C-contiguous image."""
    block_pixels = BLOCK_BYTES // image.itemsize
    if algorithm == "bslz4":
        blocks = bitshuffle.compress_lz4(image, block_pixels)
    else:
        blocks = bitshuffle.compress_zstd(image, block_pixels, _ZSTD_LEVEL)
    return b"".join((ChunkHeader(image.nbytes).pack(), blocks.data))
