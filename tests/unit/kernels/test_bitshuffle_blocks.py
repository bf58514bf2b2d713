"""Ranges of pixels to blocks, read back by the bitshuffle library."""

from itertools import pairwise

import bitshuffle
import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.kernels.bitshuffle_blocks import (
    LZ4,
    SCRATCH_BYTES,
    ZSTD_RUNS,
    compressed_capacity,
    encode_blocks,
)
from jfjoch.kernels.counts import IMAGE_DTYPES
from tests.helpers.guarded_memory import GuardedMemory

BLOCK_BYTES = {LZ4: 8192, ZSTD_RUNS: 32768}
DECODERS = {LZ4: bitshuffle.decompress_lz4, ZSTD_RUNS: bitshuffle.decompress_zstd}
codecs = pytest.mark.parametrize("codec", BLOCK_BYTES)


def encode(codec: int, pixels: NDArray[np.integer], *cuts: int, garbage: int = 0) -> bytes:
    """Return the blocks of the pixels, made in ranges that end at ``cuts``."""
    block_bytes = BLOCK_BYTES[codec]
    scratch = GuardedMemory(SCRATCH_BYTES)
    scratch.bytes[:] = np.random.default_rng(garbage).integers(0, 256, SCRATCH_BYTES, np.uint8)
    memory = GuardedMemory(compressed_capacity(pixels.nbytes, block_bytes))
    end = memory.address
    for begin, stop in pairwise((0, *cuts, pixels.size)):
        part = pixels[begin:stop]
        end = encode_blocks(
            codec,
            part.ctypes.data,
            part.size,
            part.itemsize,
            block_bytes,
            scratch.address,
            end,
        )
    memory.check()
    scratch.check()
    return memory.bytes[: end - memory.address].tobytes()


def decode(codec: int, blocks: bytes, like: NDArray[np.integer]) -> NDArray[np.integer]:
    block_pixels = BLOCK_BYTES[codec] // like.itemsize
    data = np.frombuffer(blocks, np.uint8)
    pixels: NDArray[np.integer] = DECODERS[codec](data, like.shape, like.dtype, block_pixels)
    return pixels


def counts(size: int, dtype: str, seed: int = 1) -> NDArray[np.integer]:
    rng = np.random.default_rng(seed)
    pixels = rng.poisson(0.3, size).astype(dtype)
    pixels[rng.random(size) < 0.01] = np.iinfo(dtype).min
    return pixels


@codecs
@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 15, 16, 23, 1000, 4096, 8192, 40000, 40007])
def test_any_number_of_pixels(codec: int, dtype: str, size: int) -> None:
    """The last block is a multiple of 8 pixels, up to 7 stay as they are."""
    pixels = counts(size, dtype)
    blocks = encode(codec, pixels)
    np.testing.assert_array_equal(decode(codec, blocks, pixels), pixels)
    rest = pixels[size - size % 8 :].tobytes()
    assert blocks.endswith(rest)


@codecs
@pytest.mark.parametrize("dtype", ["int8", "int16", "int32"])
def test_ranges_of_whole_blocks_join(codec: int, dtype: str) -> None:
    pixels = counts(150_003, dtype)
    block = BLOCK_BYTES[codec] // pixels.itemsize
    blocks = encode(codec, pixels)
    assert encode(codec, pixels, block, 2 * block, 4 * block) == blocks


@codecs
@pytest.mark.parametrize("size", [16, 4096, 40007])
def test_scratch_and_what_lies_around_do_not_matter(codec: int, size: int) -> None:
    pixels = counts(size, "int16")
    assert encode(codec, pixels, garbage=1) == encode(codec, pixels, garbage=2)


@codecs
@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
@pytest.mark.parametrize("value", ["min", "max", "-1", "0"])
def test_one_value_everywhere(codec: int, dtype: str, value: str) -> None:
    info = np.iinfo(dtype)
    number = {"min": info.min, "max": info.max, "-1": max(info.min, -1), "0": 0}[value]
    pixels = np.full(100_000, number, dtype)
    blocks = encode(codec, pixels)
    np.testing.assert_array_equal(decode(codec, blocks, pixels), pixels)
    assert len(blocks) < pixels.nbytes / 70


@codecs
@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
def test_noise_fits_into_the_capacity(codec: int, dtype: str) -> None:
    info = np.iinfo(dtype)
    rng = np.random.default_rng(1)
    pixels = rng.integers(info.min, info.max, 100_001, dtype, endpoint=True)
    blocks = encode(codec, pixels)
    np.testing.assert_array_equal(decode(codec, blocks, pixels), pixels)
    assert len(blocks) < 1.005 * pixels.nbytes + 20


@codecs
@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
def test_blocks_that_use_different_planes(codec: int, dtype: str) -> None:
    """Nothing of a block is left in the next; the last one is smaller, with other planes."""
    rng = np.random.default_rng(3)
    width = np.dtype(dtype).itemsize
    block = BLOCK_BYTES[codec] // width
    pixels = np.zeros(40 * block + block // 2 + 24, f"u{width}")
    for begin in range(0, pixels.size, block):
        places = begin + rng.integers(0, min(block, pixels.size - begin), int(rng.integers(4)))
        for place in places:
            pixels[place] = 1 << int(rng.integers(0, 8 * width))
    counts = pixels.view(dtype)
    np.testing.assert_array_equal(decode(codec, encode(codec, counts), counts), counts)
