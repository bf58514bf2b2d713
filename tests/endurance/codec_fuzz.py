"""Random blocks through our encoders and independent decoders.

``python -m tests.endurance.codec_fuzz --blocks 100000`` (a few minutes); a short run is part of
the test suite. Each block is decoded alone, by imagecodecs (LZ4, Zstandard), into memory of its
exact size between guard bytes. The seed of a failure is printed: ``--seed`` repeats it.
"""

import argparse
from collections.abc import Iterator

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels.bitshuffle_blocks import (
    LZ4,
    SCRATCH_BYTES,
    ZSTD_RUNS,
    compressed_capacity,
    encode_blocks,
)
from jfjoch.kernels.counts import IMAGE_DTYPES
from tests.helpers.block_contents import drawn_content
from tests.helpers.encoded_blocks import ALL_USED, encode_lz4, encode_zstd, used_planes
from tests.helpers.guarded_memory import GuardedMemory

BLOCK_BYTES = {LZ4: 8192, ZSTD_RUNS: 32768}
_REPORT_EVERY = 10_000
_SCRATCH = GuardedMemory(SCRATCH_BYTES)


def fuzz(blocks: int, seed: int) -> Iterator[int]:
    """Check at least that many blocks; yield their number after each seed."""
    done = 0
    while done < blocks:
        try:
            rng = np.random.default_rng(seed)
            done += check_planes(rng) + check_pixels(rng)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
        yield done
        seed += 1


def check_planes(rng: np.random.Generator) -> int:
    """Encode pieces of runs, noise and copies as one block of bit planes, by both codecs."""
    planes = int(rng.choice([8, 16, 32]))
    largest = 8192 // planes
    plane_bytes = largest if rng.random() < 0.5 else int(rng.integers(1, largest))
    content = drawn_content(rng, planes * plane_bytes, plane_bytes)
    for used in (used_planes(content, plane_bytes), ALL_USED):
        block = encode_lz4(content, plane_bytes, used)
        assert decoded(LZ4, block, len(content)) == content
    assert decoded(ZSTD_RUNS, encode_zstd(content), len(content)) == content
    return 3


def check_pixels(rng: np.random.Generator) -> int:
    """Encode pixels, by both codecs; return the number of blocks."""
    pixels = drawn_pixels(rng, str(rng.choice(IMAGE_DTYPES)), int(rng.integers(1, 65_536)))
    return sum(check_codec(codec, pixels) for codec in BLOCK_BYTES)


def drawn_pixels(rng: np.random.Generator, dtype: str, size: int) -> NDArray[np.integer]:
    """Return counts, with masks and negative numbers in some, or noise of some bits."""
    info = np.iinfo(dtype)
    if rng.random() < 0.3:
        down, up = rng.integers(0, info.bits, 2).tolist()
        noise = rng.integers(info.min, info.max, size, dtype, endpoint=True)
        return noise >> down << up
    pixels = rng.poisson(np.exp(rng.uniform(-7, 5)), size).astype(dtype)
    for value in (info.min, info.max, np.array(-1).astype(dtype)):
        if rng.random() < 0.4:
            pixels[rng.random(size) < np.exp(rng.uniform(-10, 0))] = value
    if rng.random() < 0.4:
        gap = np.arange(size) % int(rng.integers(2, 3000)) < int(rng.integers(1, 40))
        pixels[gap] = info.min
    return pixels


def check_codec(codec: int, pixels: NDArray[np.integer]) -> int:
    """Encode an image; decode each block alone and compare; return the number of blocks."""
    memory = GuardedMemory(compressed_capacity(pixels.nbytes, BLOCK_BYTES[codec]))
    begin = memory.address
    end = encode_blocks(
        codec,
        pixels.ctypes.data,
        pixels.size,
        pixels.itemsize,
        BLOCK_BYTES[codec],
        _SCRATCH.address,
        begin,
    )
    memory.check()
    _SCRATCH.check()
    return compare_blocks(codec, memory.bytes[: end - begin].tobytes(), pixels)


def compare_blocks(codec: int, stream: bytes, pixels: NDArray[np.integer]) -> int:
    """Decode each block and compare it with its pixels; return the number of blocks."""
    whole = pixels.size - pixels.size % 8
    starts = range(0, whole, BLOCK_BYTES[codec] // pixels.itemsize)
    position = 0
    for start in starts:
        expected = pixels[start : min(start + starts.step, whole)]
        size = int.from_bytes(stream[position : position + 4], "big")
        block = stream[position + 4 : position + 4 + size]
        planes = decoded(codec, block, expected.nbytes)
        back = imagecodecs.bitshuffle_decode(
            planes, itemsize=pixels.itemsize, blocksize=expected.size
        )
        assert bytes(back) == expected.tobytes()
        position += 4 + size
    assert stream[position:] == pixels[whole:].tobytes()
    return len(starts)


def decoded(codec: int, block: bytes, size: int) -> bytes:
    """Decode into memory of the exact size; the decoder must fill it and touch nothing else."""
    memory = GuardedMemory(size)
    out = memoryview(memory.bytes)
    if codec == LZ4:
        result = imagecodecs.lz4_decode(block, header=False, out=out)
    else:
        result = imagecodecs.zstd_decode(block, out=out)
    memory.check()
    assert len(result) == size
    return memory.bytes.tobytes()


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.endurance.codec_fuzz")
    parser.add_argument("--blocks", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    reported = 0
    for done in fuzz(options.blocks, options.seed):
        if done >= reported + _REPORT_EVERY or done >= options.blocks:
            print(f"{done} blocks", flush=True)  # noqa: T201  (the output of the command)
            reported = done


if __name__ == "__main__":
    main()
