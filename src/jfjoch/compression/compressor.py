"""Compression of whole images."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.compression.block_encoder import LZ4_BLOCKS, ZSTD_RUN_BLOCKS, BlockEncoder
from jfjoch.compression.library import library_chunk
from jfjoch.kernels.counts import IMAGE_DTYPES
from jfjoch.messages.image import CompressedImage
from jfjoch.model.dataset import Compression

_CODECS = {"bslz4": LZ4_BLOCKS, "bszstd_rle": ZSTD_RUN_BLOCKS}


class Compressor:
    """One compression algorithm and its memory; lets go of the GIL while it works.

    One thread at a time: each worker has a compressor of its own.
    """

    def __init__(self, compression: Compression) -> None:
        self._compression = compression
        codec = _CODECS.get(compression)
        self._encoder = None if codec is None else BlockEncoder(codec)

    def compress(self, image: NDArray[np.generic]) -> CompressedImage:
        """Compress an image [height, width] of one of ``IMAGE_DTYPES``, C-contiguous.

        The result shares no memory with ``image`` or with results before it. bslz4, bszstd and
        bszstd_rle give a chunk of the HDF5 bitshuffle filter (32008); bszstd_rle is bszstd that is
        quick to make, and any reader of bszstd takes it.

        Raises ValueError for any other array: the kernels trust what they are given.
        """
        _check(image)
        height, width = image.shape
        algorithm = "bszstd" if self._compression == "bszstd_rle" else self._compression
        return CompressedImage(self._payload(image), algorithm, image.dtype.name, height, width)

    def _payload(self, image: NDArray[np.generic]) -> bytes:
        if self._compression == "none":
            return image.tobytes()
        if self._encoder is not None and self._encoder.suits(image):
            return self._encoder.chunk(image)
        return library_chunk(image, "bslz4" if self._compression == "bslz4" else "bszstd")


def _check(image: NDArray[np.generic]) -> None:
    usable = image.dtype.name in IMAGE_DTYPES and image.dtype.isnative
    if not (usable and image.ndim == 2 and image.flags.c_contiguous):
        raise ValueError(
            f"expected a C-contiguous image [height, width] of {', '.join(IMAGE_DTYPES)} in the"
            f" byte order of this machine, got {image.dtype} {image.shape},"
            f" strides {image.strides}"
        )
