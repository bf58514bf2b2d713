"""Print how long the kernels take, in copies of the image that they make."""

import argparse

import numpy as np

from benchmarks.kernels import plain_conversion
from benchmarks.kernels.measurement import Job, alternating_times_s
from benchmarks.kernels.workload import FRAME_COUNT, MODULES, Workload
from jfjoch.compression.compressor import Compressor
from jfjoch.geometry.module_shape import EXTENDED_SHAPE
from jfjoch.kernels.assembly import OutputRange
from jfjoch.kernels.frame import (
    STRIP_PIXELS,
    add_to_counts,
    convert_to_counts,
    convert_to_image,
    counts_to_image,
)
from jfjoch.kernels.pixel_statistics import pixel_statistics

COPY, PLAIN, OURS = "copy of the image", "plain Numba loop", "conversion and assembly"
LEAST_EQUAL = 0.99999
"""The plain loop works in float64: where a count lies at a half, it may round the other way."""
ERROR, SATURATED = -32768, 32767
OUTPUT = OutputRange(*(np.int32(v) for v in (SATURATED - 1, SATURATED, ERROR + 1, ERROR, ERROR)))


def jobs(work: Workload) -> dict[str, Job]:
    """Return everything that is measured; each job has output memory of its own."""
    height, width = work.layout.shape
    images = [np.full(height * width, ERROR, np.int16) for _ in range(FRAME_COUNT)]
    plain, copy, ours = (np.full(height * width, ERROR, np.int16) for _ in range(3))
    strip, counts = np.empty(STRIP_PIXELS, np.int32), np.empty(work.frames[0].size, np.int32)
    flat = [frame.reshape(-1) for frame in work.frames]
    gain = work.gains.maps.swapaxes(0, 1) * 12.4
    pedestal = np.ascontiguousarray(work.pedestals.mean_adu[:, 0])
    rows, columns = EXTENDED_SHAPE
    origins = np.array([(k % 2 * (columns + 8), k // 2 * (rows + 36)) for k in range(MODULES)])
    places, tables, bslz4 = work.layout.placements, work.tables, Compressor("bslz4")

    def convert(n: int, image: np.ndarray = ours) -> None:
        convert_to_image(flat[n % FRAME_COUNT], tables, 0, strip, places, True, OUTPUT, image)

    def convert_plainly(n: int) -> None:
        frame = work.frames[n % FRAME_COUNT]
        plain_conversion.convert(frame, pedestal, gain, origins, plain.reshape(height, width))

    for number, image in enumerate(images):
        convert(number, image)
    convert_plainly(0)
    if np.mean(plain == images[0]) < LEAST_EQUAL:
        raise SystemExit("the plain loop and our kernels make different images")

    return {
        COPY: lambda n: np.copyto(copy, images[n % FRAME_COUNT]),
        PLAIN: convert_plainly,
        OURS: convert,
        "conversion to counts": lambda n: convert_to_counts(
            flat[n % FRAME_COUNT], tables, 0, counts
        ),
        "conversion, added to counts": lambda n: add_to_counts(
            flat[n % FRAME_COUNT], tables, 0, strip, counts
        ),
        "counts to image": lambda _: counts_to_image(counts, places, True, OUTPUT, ours),
        "pixel statistics": lambda n: pixel_statistics(images[n % FRAME_COUNT], ERROR, SATURATED),
        "bslz4 of the library": lambda n: bslz4.compress(
            images[n % FRAME_COUNT].reshape(height, width)
        ),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels", description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    times = alternating_times_s(jobs(Workload.create()), parser.parse_args().rounds)
    print(f"JUNGFRAU 4M, int16, one core; {FRAME_COUNT} frames in rotation")
    for name, seconds in times.items():
        print(f"{name:30} {seconds * 1e3:8.2f} ms  {seconds / times[COPY]:7.2f} copies")
    print(f"{OURS}: {times[PLAIN] / times[OURS]:.1f} x as fast as the {PLAIN}")


if __name__ == "__main__":
    main()
