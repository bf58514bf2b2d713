"""The kernels over pixels at work on a JUNGFRAU 4M."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.kernels import plain_conversion
from benchmarks.kernels.measurement import Job, Row
from benchmarks.kernels.workload import ENERGY_KEV, FRAME_COUNT, MODULES, Workload
from jfjoch.geometry.module_shape import EXTENDED_SHAPE
from jfjoch.kernels.aligned import aligned_copy
from jfjoch.kernels.assembly import OutputRange
from jfjoch.kernels.direct import new_scratch
from jfjoch.kernels.frame import add_to_counts, convert_to_counts, convert_to_image, counts_to_image
from jfjoch.kernels.pedestal import WINDOW, accumulate
from jfjoch.kernels.pixel_statistics import pixel_statistics
from jfjoch.kernels.strips import convert_batch, plan_strips
from jfjoch.kernels.summation import add_counts

COPY, PLAIN, OURS = "copy of the image", "plain Numba loop", "conversion to image"
ALL_G0 = "conversion to image, all in G0"
ADDED = "counts added"
PEDESTAL = "pedestal accumulation"
LEAST_EQUAL = 0.99999
"""The plain loop works in float64: where a count lies at a half, it may round the other way."""
ERROR, SATURATED = -32768, 32767
LIMIT = SATURATED - 1
OUTPUT = OutputRange(*(np.int32(v) for v in (LIMIT, SATURATED, ERROR, ERROR)))
BATCH = 16
TABLE_BYTES = 8.0


class PixelJobs:
    """Jobs with output memory of their own."""

    def __init__(self, work: Workload) -> None:
        self.work = work
        self.shape = work.layout.shape
        pixels = self.shape[0] * self.shape[1]
        empty = aligned_copy(np.full(pixels, ERROR, np.int16))
        self.copied, self.image, self.plain = (aligned_copy(empty) for _ in range(3))
        self.images = [aligned_copy(empty) for _ in range(FRAME_COUNT)]
        self.scratch = new_scratch()
        # A multiple of the batch, so that every round of a batch has BATCH frames.
        repeats = -(-BATCH // FRAME_COUNT)
        frames = np.concatenate(work.frames * repeats)[: BATCH * MODULES].reshape(BATCH, -1)
        self.frames = aligned_copy(frames)
        for frame, image in zip(self.frames, self.images, strict=False):
            self._convert(frame, image)
        self._check_against_plain_loop()

    def rows(self) -> dict[str, Row]:
        """Return everything that is measured over an image."""
        counts = np.zeros(self.frames.shape[1], np.int32)
        others = np.random.default_rng(2).poisson(0.3, (4, counts.size)).astype(np.int32)
        g0 = aligned_copy(np.where(self.frames >= 0x4000, self.frames & 0x3FFF, self.frames))
        args = self.work.tables, 0, LIMIT, self.scratch, counts
        places = self.work.layout.placements
        return {
            COPY: Row(self.copy(), 4),
            PLAIN: Row(self._convert_plainly, 4 + 36, costs="branches and a division per pixel"),
            OURS: Row(self.convert(), 4 + TABLE_BYTES, costs="reading the tables"),
            ALL_G0: Row(
                lambda n: self._convert(g0[n % FRAME_COUNT], self.image),
                4 + TABLE_BYTES,
                costs="reading the tables",
            ),
            **{f"strips of {rows} rows": self._strips(rows, 1) for rows in (16, 32)},
            **{f"the same, {BATCH} images, {r} rows": self._strips(r, BATCH) for r in (16, 32)},
            "conversion to counts": Row(
                lambda n: convert_to_counts(self._frame(n), *args),
                6 + TABLE_BYTES,
                costs="tables, writing 32 bits",
            ),
            "conversion, added to counts": Row(
                lambda n: add_to_counts(self._frame(n), *args),
                10 + TABLE_BYTES,
                costs="tables, sum read and written",
            ),
            ADDED: Row(lambda n: add_counts(others[n % 4], counts.size, counts, 0), 12),
            "counts to image": Row(
                lambda _: counts_to_image(counts, places, True, OUTPUT, self.image), 6
            ),
            PEDESTAL: Row(self._pedestal(), 20),
            "pixel statistics": Row(
                lambda n: pixel_statistics(self.images[n % FRAME_COUNT], ERROR, SATURATED), 2
            ),
        }

    def copy(self) -> Job:
        """Return a copy into memory of its own."""
        target = aligned_copy(self.image)
        return lambda n: np.copyto(target, self.images[n % FRAME_COUNT])

    def convert(self) -> Job:
        """Return a conversion with memory of its own."""
        image, scratch = aligned_copy(self.image), new_scratch()
        return lambda n: self._convert(self._frame(n), image, scratch)

    def _frame(self, n: int) -> NDArray[np.uint16]:
        frame: NDArray[np.uint16] = self.frames[n % FRAME_COUNT]
        return frame

    def _convert(self, frame: NDArray[np.uint16], image: NDArray[np.int16], scratch=None) -> None:  # type: ignore[no-untyped-def]  # scratch is a tuple of arrays
        convert_to_image(
            frame,
            self.work.tables,
            0,
            self.scratch if scratch is None else scratch,
            self.work.layout.placements,
            True,
            OUTPUT,
            image,
        )

    def _strips(self, rows: int, batch: int) -> Row:
        places, width = self.work.layout.placements, self.shape[1]
        plan = plan_strips(places, width, rows)
        rings = aligned_copy(np.full(batch * plan.ring_rows * width, ERROR, np.int16))
        nowhere = np.empty(0, np.int16)

        def job(n: int) -> None:
            first = n * batch % BATCH
            raw = self.frames[first : first + batch].reshape(-1)
            tables = self.work.tables
            convert_batch(raw, tables, plan, places, OUTPUT, self.scratch, rings, nowhere)

        costs = "arithmetic" if batch > 1 else "reading the tables"
        return Row(job, 2 + TABLE_BYTES / batch, batch, costs)

    def _pedestal(self) -> Job:
        pixels = self.frames.shape[1]
        reference, wrong = np.zeros(pixels, np.uint16), np.zeros(pixels, np.uint8)
        total, squares = np.zeros(pixels, np.float32), np.zeros(pixels, np.float32)
        return lambda n: accumulate(
            self._frame(n), np.uint16(0), 2 * WINDOW, reference, wrong, total, squares
        )

    def _convert_plainly(self, n: int) -> None:
        rows, columns = EXTENDED_SHAPE
        origins = np.array([(k % 2 * (columns + 8), k // 2 * (rows + 36)) for k in range(MODULES)])
        frame, image = self.work.frames[n % FRAME_COUNT], self.plain.reshape(self.shape)
        plain_conversion.convert(frame, self._pedestals, self._gains, origins, image)

    def _check_against_plain_loop(self) -> None:
        self._gains = self.work.gains.maps.swapaxes(0, 1) * ENERGY_KEV
        self._pedestals = np.ascontiguousarray(self.work.pedestals.mean_adu[:, 0])
        self._convert_plainly(0)
        if np.mean(self.plain == self.images[0]) < LEAST_EQUAL:
            raise SystemExit("the plain loop and our kernels make different images")
