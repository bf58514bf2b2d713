"""Chunks made by our own kernels, in memory that is reserved once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.compression.chunk_header import BLOCK_BYTES, ChunkHeader
from jfjoch.kernels.bitshuffle_blocks import (
    LZ4,
    SCRATCH_BYTES,
    ZSTD_RUNS,
    compressed_capacity,
    encode_blocks,
)

_CACHE_LINE_BYTES = 64


@dataclass(frozen=True, slots=True)
class BlockCodec:
    """A codec of the kernels, and how it is used."""

    number: int
    block_bytes: int
    pixel_bytes: tuple[int, ...]
    """Sizes of pixels it is good at."""


LZ4_BLOCKS = BlockCodec(LZ4, BLOCK_BYTES, (2, 4))
"""Pixels of 8 bits have few empty planes: the library makes them 4 % smaller."""
ZSTD_RUN_BLOCKS = BlockCodec(ZSTD_RUNS, 32768, (1, 2, 4))
"""Larger blocks: each has a frame header, which is 3 % of 8 KiB of a nearly empty image."""


class BlockEncoder:
    """One codec and its memory; makes one chunk after another, and is not thread-safe."""

    def __init__(self, codec: BlockCodec) -> None:
        self._codec = codec
        self._scratch = _aligned_memory(SCRATCH_BYTES)
        self._chunk = np.empty(0, np.uint8)

    def suits(self, image: NDArray[np.generic]) -> bool:
        """Whether the codec is the right one for pixels of that size."""
        return image.itemsize in self._codec.pixel_bytes

    def chunk(self, image: NDArray[np.generic]) -> bytes:
        """Return an HDF5 bitshuffle chunk of a C-contiguous image that ``suits``.

        Memory is reserved for the first image, and again only for a larger one. What is returned
        is a copy of the part used: small beside the image, and free to be sent at leisure.
        """
        header = ChunkHeader(image.nbytes, self._codec.block_bytes)
        self._reserve(header)
        begin = self._chunk.ctypes.data
        end = encode_blocks(
            self._codec.number,
            image.ctypes.data,
            image.size,
            image.itemsize,
            self._codec.block_bytes,
            self._scratch.ctypes.data,
            begin + header.size,
        )
        self._chunk[: header.size] = np.frombuffer(header.pack(), np.uint8)
        return self._chunk[: end - begin].tobytes()

    def _reserve(self, header: ChunkHeader) -> None:
        needed = header.size + compressed_capacity(header.image_bytes, header.block_bytes)
        if needed > self._chunk.size:
            self._chunk = np.empty(needed, np.uint8)


def _aligned_memory(size: int) -> NDArray[np.uint8]:
    """Return zeros that begin with a cache line: stores across two lines take longer."""
    memory = np.zeros(size + _CACHE_LINE_BYTES, np.uint8)
    first = -memory.ctypes.data % _CACHE_LINE_BYTES
    return memory[first : first + size]
