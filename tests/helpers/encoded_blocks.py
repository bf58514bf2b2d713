"""Single blocks through the kernels, in guarded memory."""

from typing import Any

import numpy as np

from jfjoch.kernels import lz4_bitmaps, lz4_block, zstd_frame
from jfjoch.kernels.lz4_sequence import SLACK_BYTES
from tests.helpers.guarded_memory import GuardedMemory

_RANDOM = np.random.default_rng(7)


ALL_USED = -1


def used_planes(content: bytes, plane_bytes: int) -> int:
    """Return the mask of planes that are not all 0."""
    planes = np.frombuffer(content, np.uint8).reshape(-1, plane_bytes)
    return sum(1 << number for number, plane in enumerate(planes) if plane.any())


def encode_lz4(content: bytes, plane_bytes: int, used: int = ALL_USED) -> bytes:
    """Return the LZ4 block; its size and what it may write are checked."""
    limit = len(content) + len(content) // 255 + 16
    bitmaps = _garbage(lz4_bitmaps.BITMAPS_BYTES)
    source = _surrounded(content, plane_bytes)
    sizes = (len(content), plane_bytes, used)
    return _encode(lz4_block.encode_lz4_block, source, sizes, bitmaps, limit)


def encode_zstd(content: bytes) -> bytes:
    """Return the Zstandard frame; its size and what it may write are checked."""
    bitmaps = _garbage(zstd_frame.BITMAPS_BYTES)
    source = _surrounded(content, 1)
    return _encode(
        zstd_frame.encode_zstd_frame, source, (len(content),), bitmaps, len(content) + 11
    )


def _encode(
    kernel: Any, source: np.ndarray, sizes: tuple[int, ...], bitmaps: GuardedMemory, limit: int
) -> bytes:
    before = source.size - sizes[0] - SLACK_BYTES
    memory = GuardedMemory(limit + SLACK_BYTES)
    end = kernel(source.ctypes.data + before, *sizes, bitmaps.address, memory.address)
    used = end - memory.address
    assert used <= limit
    memory.check(used + SLACK_BYTES)
    bitmaps.check()
    return memory.bytes[:used].tobytes()


def _surrounded(content: bytes, before: int) -> np.ndarray:
    """Put bytes around that must not matter: those before look as if they could be copied."""
    parts = (content[:before], content, _RANDOM.bytes(SLACK_BYTES))
    return np.frombuffer(b"".join(parts), np.uint8)


def _garbage(size: int) -> GuardedMemory:
    """Return scratch as an earlier block may have left it."""
    memory = GuardedMemory(size)
    memory.bytes[:] = _RANDOM.integers(0, 256, size, np.uint8)
    return memory
