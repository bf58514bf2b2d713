"""Compression of whole images."""

import bitshuffle
import numpy as np
from numpy.typing import NDArray

from jfjoch.compression.chunk_header import BLOCK_BYTES, ChunkHeader
from jfjoch.messages.image import CompressedImage
from jfjoch.model.dataset import Compression

_ZSTD_LEVEL = 1


class Compressor:
    """One compression algorithm; has no state, and lets go of the GIL while it works."""

    def __init__(self, compression: Compression) -> None:
        self._compression = compression

    def compress(self, image: NDArray[np.generic]) -> CompressedImage:
        """Compress an integer image [height, width], C-contiguous and little endian.

        The result shares no memory with ``image``. bslz4 and bszstd give a chunk of the HDF5
        bitshuffle filter (32008); bszstd_rle is written as bszstd, which any reader takes.
        """
        height, width = image.shape
        algorithm = "bszstd" if self._compression == "bszstd_rle" else self._compression
        return CompressedImage(self._payload(image), algorithm, image.dtype.name, height, width)

    def _payload(self, image: NDArray[np.generic]) -> bytes:
        if self._compression == "none":
            return image.tobytes()
        header = ChunkHeader(image.nbytes).pack()
        return b"".join((header, self._blocks(image).data))

    def _blocks(self, image: NDArray[np.generic]) -> NDArray[np.uint8]:
        block_pixels = BLOCK_BYTES // image.itemsize
        if self._compression == "bslz4":
            blocks: NDArray[np.uint8] = bitshuffle.compress_lz4(image, block_pixels)
        else:
            blocks = bitshuffle.compress_zstd(image, block_pixels, _ZSTD_LEVEL)
        return blocks
