"""The 12 bytes before the blocks of a bitshuffle HDF5 chunk."""

import struct
from dataclasses import dataclass
from typing import ClassVar

BLOCK_BYTES = 8192
"""Bytes of a block before compression, the library's own choice for every pixel type."""


@dataclass(frozen=True, slots=True)
class ChunkHeader:
    """Sizes, big endian in the chunk: 8 bytes for all, 4 for one block."""

    image_bytes: int
    block_bytes: int = BLOCK_BYTES

    size: ClassVar[int] = 12

    def pack(self) -> bytes:
        """Return the bytes."""
        return struct.pack(">QI", self.image_bytes, self.block_bytes)

    @classmethod
    def unpack(cls, chunk: memoryview) -> "ChunkHeader":
        """Read the start of a chunk of at least ``size`` bytes."""
        return cls(*struct.unpack_from(">QI", chunk))
