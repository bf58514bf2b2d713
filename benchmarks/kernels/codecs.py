"""Compression of images of counts: ``python -m benchmarks.kernels.codecs``, one core.

Peers are the bitshuffle library on one thread and a copy of the image, all taking turns, on images
that come from memory. Measured is the call a worker makes, from the pixels to bytes of their own,
by wall clock and by the time of the process on any CPU: where the two ratios differ, the machine
was busy with something else, and the second one is the one to trust.
"""

import argparse
import time
from dataclasses import dataclass

import bitshuffle
import numpy as np
from numpy.typing import NDArray

from benchmarks.kernels.codec_scaling import thread_scaling
from benchmarks.kernels.codec_stages import spread_blocks
from benchmarks.kernels.measurement import Job, alternating_clocks_s
from jfjoch.compression.compressor import Compressor
from jfjoch.kernels.bitshuffle_blocks import SCRATCH_BYTES
from jfjoch.model.dataset import Compression

SHAPE = (2164, 2068)
FRAME_COUNT = 6
"""Different images in rotation, so that none stays in the cache."""
PHOTONS = (0.02, 0.1, 0.3, 1.0, 3.0, 10.0)
BLOCK_BYTES = 8192
COPY, LIBRARY, PLANES = "copy", "library", "bit planes"
OURS: tuple[Compression, ...] = ("bslz4", "bszstd_rle")


@dataclass(frozen=True)
class Case:
    """Images of one kind."""

    dtype: str
    photons: float

    def images(self) -> list[NDArray[np.integer]]:
        """Draw images of a fixed seed, with gaps between modules."""
        rng = np.random.default_rng(1)
        return [self._image(rng) for _ in range(FRAME_COUNT)]

    def _image(self, rng: np.random.Generator) -> NDArray[np.integer]:
        image = rng.poisson(self.photons, SHAPE).astype(self.dtype)
        image[:, 1030:1038] = np.iinfo(image.dtype).min
        for gap in range(514, SHAPE[0], 550):
            image[gap : gap + 36] = np.iinfo(image.dtype).min
        return image


def jobs(images: list[NDArray[np.integer]]) -> dict[str, Job]:
    """Return what is measured: everything from an image to the bytes that are sent."""
    target = np.empty_like(images[0])
    scratch = np.zeros(SCRATCH_BYTES, np.uint8)
    block_pixels = BLOCK_BYTES // target.itemsize
    found: dict[str, Job] = {
        COPY: lambda n: np.copyto(target, images[n % FRAME_COUNT]),
        LIBRARY: lambda n: bitshuffle.compress_lz4(images[n % FRAME_COUNT], block_pixels),
        PLANES: lambda n: spread_blocks(images[n % FRAME_COUNT], scratch),
    }
    for name in OURS:
        compressor = Compressor(name)
        found[name] = lambda n, compressor=compressor: compressor.compress(images[n % FRAME_COUNT])
    return found


def report(case: Case, rounds: int) -> None:
    """Measure and print one line."""
    images = case.images()
    image = images[0]
    times, cpu_times = alternating_clocks_s(
        jobs(images), rounds, (time.perf_counter, time.process_time)
    )
    library = bitshuffle.compress_lz4(image, BLOCK_BYTES // image.itemsize).nbytes
    bslz4, runs = (Compressor(name).compress(image).payload_bytes for name in OURS)
    # The image is read; what is written to the chunk is copied once to what is sent.
    moved = (image.nbytes + 3 * bslz4) / image.size
    print(
        f"{case.dtype} {case.photons:5}"
        f" | {times[LIBRARY] / times['bslz4']:4.1f} x library"
        f" ({cpu_times[LIBRARY] / cpu_times['bslz4']:3.1f} x by CPU time)"
        f" {times['bslz4'] / times[COPY]:5.1f} copies"
        f" {moved:4.1f} bytes/pixel moved"
        f" {bslz4 / library:5.3f} of its size (1 : {image.nbytes / bslz4:4.1f})"
        f" {times[PLANES] / times['bslz4']:4.0%} bit planes"
        f" | {times[COPY] / times['bszstd_rle']:5.3f} of the copy rate,"
        f" {bslz4 / runs:5.3f} of the ratio of bslz4"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels.codecs")
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    print(f"{SHAPE[0]} x {SHAPE[1]} pixels, {FRAME_COUNT} images in rotation, one core")
    print("photons     | bslz4 | bszstd_rle")
    for dtype in ("int16", "int32"):
        for photons in PHOTONS:
            report(Case(dtype, photons), rounds)
    print("two threads at once, in images per second of one:")
    for name, scaling in thread_scaling(Case("int16", 0.3).images(), rounds).items():
        print(f"{name:12} {scaling:.2f}")


if __name__ == "__main__":
    main()
