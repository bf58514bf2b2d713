"""Spots of an image, from its pixels to the table of spots, in one call that leaves the GIL alone.

Module by module: mark the pixels above the threshold, 64 at a time; look at the window around each
of them, or, where there are many, slide windows over the module; join what touches; measure.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels.spot_components import Runs, join_marks, new_runs
from jfjoch.kernels.spot_measurement import (
    Beam,
    SpotLimits,
    SpotTable,
    measure_components,
    new_spot_table,
)
from jfjoch.kernels.spot_pixels import (
    GROUP_PIXELS,
    ModuleBox,
    SpotImage,
    Thresholds,
    keep_strong,
    mark_candidates,
)
from jfjoch.kernels.spot_selection import (
    Selection,
    choose_most_intense,
    new_selection,
    remove_powder_rings,
)
from jfjoch.kernels.spot_windows import SlidingSums, keep_strong_sliding, new_sliding_sums

STRIP_ROWS = 130
"""A quarter of a module: what is marked is still in the cache when windows are looked at."""
SLIDING_PIXELS_PER_CANDIDATE = 50
"""With more candidates than one in so many pixels, sliding windows are faster."""


class SpotModules(NamedTuple):
    """The modules of an image and their valid pixels; only read."""

    boxes: NDArray[np.int64]
    """[modules, 4]: first pixel, rows, columns, first word of ``valid``; from the top down, and
    of those that begin in the same row from left to right."""
    valid: NDArray[np.uint64]
    """A bit per pixel, from the lowest bit of a word on; ``words_per_row`` for each row."""


class SpotScratch(NamedTuple):
    """Memory of one worker."""

    marks: NDArray[np.uint64]
    """As ``SpotModules.valid``."""
    touched: NDArray[np.uint64]
    """The same, all 0."""
    candidates: NDArray[np.int64]
    """[modules], in a strip."""
    sums: SlidingSums
    runs: Runs
    table: SpotTable
    choice: Selection


class SpotCounts(NamedTuple):
    """How much was found."""

    strong_pixels: int
    spots: int
    kept: int
    """Spots in ``SpotScratch.choice.kept``."""


def words_per_row(columns: int) -> int:
    """One more than needed: bits are read two words at a time."""
    return (columns + GROUP_PIXELS - 1) // GROUP_PIXELS + 1


def new_spot_scratch(
    modules: SpotModules, most_per_angstrom: float, most_spots: int
) -> SpotScratch:
    """Reserve the memory; see ``new_selection``."""
    rows, columns = (int(modules.boxes[:, k].max()) for k in (1, 2))
    return SpotScratch(
        np.zeros_like(modules.valid),
        np.zeros_like(modules.valid),
        np.zeros(len(modules.boxes), np.int64),
        new_sliding_sums(columns),
        new_runs(rows, columns),
        new_spot_table(int((modules.boxes[:, 1] * modules.boxes[:, 2]).sum())),
        new_selection(most_per_angstrom, most_spots),
    )


@kernel
def find_spots(
    image: SpotImage,
    modules: SpotModules,
    thresholds: Thresholds,
    limits: SpotLimits,
    ring_spots: int,
    beam: Beam,
    scratch: SpotScratch,
) -> SpotCounts:
    """Find spots; those to keep are in ``scratch``. ``ring_spots`` 0: powder rings stay."""
    strong = spots = end = 0
    while end < len(modules.boxes):
        begin, end = end, _end_of_band(image, modules, end)
        strong += mark_strong(image, modules, begin, end, thresholds, scratch)
        for module in range(begin, end):
            box = _box(modules, module)
            size = join_marks(box, scratch.marks, scratch.runs)
            spots = measure_components(
                image, box, scratch.runs, size, beam, limits, scratch.touched, scratch.table, spots
            )
    if ring_spots > 0:
        spots = remove_powder_rings(scratch.table, spots, ring_spots, scratch.choice)
    return SpotCounts(strong, spots, choose_most_intense(scratch.table, spots, scratch.choice))


@kernel_part
def _end_of_band(image: SpotImage, modules: SpotModules, begin: int) -> int:
    """Return the end of the modules that fill the same rows of the image as the first one."""
    end = begin + 1
    while (
        end < len(modules.boxes)
        and modules.boxes[end, 0] // image.pitch == modules.boxes[begin, 0] // image.pitch
        and modules.boxes[end, 1] == modules.boxes[begin, 1]
    ):
        end += 1
    return end


@kernel
def mark_strong(
    image: SpotImage,
    modules: SpotModules,
    begin: int,
    end: int,
    thresholds: Thresholds,
    scratch: SpotScratch,
) -> int:
    """Mark the strong pixels of modules that lie side by side; return their number."""
    number, rows = 0, modules.boxes[begin, 1]
    for first in range(0, rows, STRIP_ROWS):
        last = min(first + STRIP_ROWS, rows)
        scratch.candidates[begin:end] = 0
        # Row by row over all modules: memory is three times as fast when it is read in order.
        for row in range(first, last):
            for module in range(begin, end):
                scratch.candidates[module] += mark_candidates(
                    image, _box(modules, module), row, row + 1, thresholds.least, scratch.marks
                )
        for module in range(begin, end):
            candidates = scratch.candidates[module]
            box = _box(modules, module)
            number += _keep(image, box, first, last, candidates, thresholds.snr_square, scratch)
    return number


@kernel_part
def _keep(
    image: SpotImage,
    box: ModuleBox,
    begin: int,
    end: int,
    candidates: int,
    snr_square: float,
    scratch: SpotScratch,
) -> int:
    if snr_square == 0.0 or candidates == 0:
        return candidates
    if candidates * SLIDING_PIXELS_PER_CANDIDATE > (end - begin) * box.columns:
        return keep_strong_sliding(image, box, begin, end, snr_square, scratch.sums, scratch.marks)
    return keep_strong(image, box, begin, end, snr_square, scratch.marks)


@kernel_part
def _box(modules: SpotModules, module: int) -> ModuleBox:
    first, rows = modules.boxes[module, 0], modules.boxes[module, 1]
    columns, marks = modules.boxes[module, 2], modules.boxes[module, 3]
    words = (columns + GROUP_PIXELS - 1) // GROUP_PIXELS + 1
    return ModuleBox(first, rows, columns, modules.valid.ctypes.data + 8 * marks, marks, words)


def warm_up() -> None:
    """Compile; one form serves all types of pixels."""
    modules = SpotModules(np.zeros((0, 4), np.int64), np.zeros(1, np.uint64))
    scratch = SpotScratch(
        np.zeros(0, np.uint64),
        np.zeros(0, np.uint64),
        np.zeros(0, np.int64),
        new_sliding_sums(0),
        new_runs(0, 0),
        new_spot_table(0),
        new_selection(0.0, 1),
    )
    find_spots(
        SpotImage(0, 2, 0, 0, 0, 0),
        modules,
        Thresholds(0, 0.0),
        SpotLimits(0, 0, 0.0, 0.0),
        0,
        Beam(0.0, 0.0, 1.0, 1.0),
        scratch,
    )
