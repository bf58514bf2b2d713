"""Bit planes, compared with those of NumPy and of the bitshuffle library."""

import bitshuffle
import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.kernels.bitshuffle import ALL_STALE, shuffle_block
from jfjoch.kernels.counts import IMAGE_DTYPES
from tests.helpers.guarded_memory import GuardedMemory
from tests.reference.bitshuffle import bit_planes


def shuffled(pixels: NDArray[np.integer]) -> NDArray[np.uint8]:
    memory = GuardedMemory(pixels.nbytes)
    used = shuffle_block(
        pixels.ctypes.data, pixels.size, pixels.itemsize, memory.address, ALL_STALE
    )
    memory.check()
    any_bits = np.bitwise_or.reduce(pixels.view(f"u{pixels.itemsize}"))
    assert used == any_bits, "planes that are not all 0"
    return memory.bytes


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
@pytest.mark.parametrize("size", [8, 16, 504, 512, 520, 1024, 2048, 4096 - 8, 8192])
def test_random_pixels(dtype: str, size: int) -> None:
    info = np.iinfo(dtype)
    pixels = np.random.default_rng(size).integers(info.min, info.max, size, dtype, endpoint=True)
    np.testing.assert_array_equal(shuffled(pixels), bit_planes(pixels))
    library = bitshuffle.bitshuffle(pixels, size).view(np.uint8)
    np.testing.assert_array_equal(shuffled(pixels), library)


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
def test_every_single_bit(dtype: str) -> None:
    """Bytes that are 0 in a whole group of pixels are skipped: none must be missed."""
    width = np.dtype(dtype).itemsize
    for bit in range(8 * width):
        pixels = np.zeros(2048, f"u{width}")
        place = 61 * bit
        pixels[place] = 1 << bit
        planes = shuffled(pixels.view(dtype)).reshape(8 * width, -1)
        assert planes[bit, place // 8] == 1 << place % 8
        assert np.count_nonzero(planes) == 1


def test_any_alignment() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, 4096 * 2 + 3, np.uint8)[3:].view(np.int16)
    np.testing.assert_array_equal(shuffled(pixels), bit_planes(pixels.copy()))


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
@pytest.mark.parametrize("size", [512, 1024, 2048, 2048 + 8])
def test_planes_left_empty_are_not_written_again(dtype: str, size: int) -> None:
    """One block after another over the same memory, knowing what the last one used."""
    rng = np.random.default_rng(size)
    width = np.dtype(dtype).itemsize
    memory = GuardedMemory(size * width)
    memory.bytes[:] = rng.integers(0, 256, memory.bytes.size)
    used = ALL_STALE
    for _ in range(50):
        pixels = np.zeros(size, f"u{width}")
        for place in rng.integers(0, size, 3):
            pixels[place] = 1 << int(rng.integers(0, 8 * width))
        used = shuffle_block(pixels.ctypes.data, size, width, memory.address, used)
        assert used == np.bitwise_or.reduce(pixels)
        np.testing.assert_array_equal(memory.bytes, bit_planes(pixels))
    memory.check()
