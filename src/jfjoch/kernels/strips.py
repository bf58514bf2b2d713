"""Batches of images strip by strip, through memory that stays in the cache.

What looks at every pixel of an image finds it in the cache when it works on the strip that was
just converted. And several images at a time read the tables, most of what comes from memory, once.

A strip is some rows of all modules that lie side by side. Its image rows are in a ring, which the
next strip overwrites; where a whole image is wanted, the ring is written out.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels.assembly import OutputRange, Placement, image_row
from jfjoch.kernels.conversion import CellTables
from jfjoch.kernels.counts import MODULE_COLUMNS, MODULE_ROWS, Image
from jfjoch.kernels.direct import ModuleRows, Scratch, convert_rows


class StripPlan(NamedTuple):
    """How images are cut into strips; all of one detector are."""

    modules: NDArray[np.int64]
    """[strips, 2] first module and end."""
    raw_rows: NDArray[np.int64]
    """[strips, 2] first row of the modules and end."""
    image_rows: NDArray[np.int64]
    """[strips, 2] first row of the image and end, ascending."""
    width: int
    """Of the image."""
    ring_rows: int
    """Image rows of the largest strip."""


def plan_strips(placements: NDArray[np.int64], width: int, rows: int) -> StripPlan:
    """Cut assembled images into strips of so many raw rows, which divide 512; at most 32.

    Raises ValueError unless the rows of all modules lie along the rows of the image, as in a
    standard geometry; ``placements`` int64 [modules, 3].
    """
    if np.any(np.abs(placements[:, 1]) != width) or np.any(placements[:, 2] != 1):
        raise ValueError("strips need modules whose rows lie along the rows of the image")
    origins, down = placements[:, 0] // width, int(placements[0, 1]) // width
    bounds = [0, *(np.flatnonzero(np.diff(origins)) + 1).tolist(), len(origins)]
    strips = []
    for modules in pairwise(bounds):
        for begin in range(0, MODULE_ROWS, rows):
            raw = (begin, begin + rows)
            ends = [origins[modules[0]] + down * line for line in _image_lines(*raw)]
            strips.append((modules, raw, (min(ends), max(ends) + 1)))
    strips.sort(key=lambda strip: strip[2])
    columns = [np.array(column, np.int64) for column in zip(*strips, strict=True)]
    ring_rows = int(np.max(columns[2][:, 1] - columns[2][:, 0]))
    return StripPlan(columns[0], columns[1], columns[2], width, ring_rows)


def _image_lines(begin: int, end: int) -> tuple[int, int]:
    """Return first and last row of a converted module that raw rows [begin, end) fill."""
    return image_row(begin, True), image_row(end, True) - 1


@kernel
def convert_batch(
    raw: NDArray[np.uint16],
    tables: CellTables,
    plan: StripPlan,
    placements: NDArray[np.int64],
    output: OutputRange,
    scratch: Scratch,
    rings: Image,
    images: Image,
) -> None:
    """Convert frames one after another in flat ``raw``, strip by strip.

    ``rings``: flat, of a signed type, ``plan.ring_rows`` rows for every frame. ``images``: flat, to
    write all images into, or empty to leave it at the rings. Rows of the image between modules are
    in no strip.
    """
    frame_size = len(placements) * MODULE_ROWS * MODULE_COLUMNS
    ring_size = plan.ring_rows * plan.width
    count = raw.size // frame_size
    for strip in range(len(plan.modules)):
        if strip == 0 or plan.modules[strip, 0] != plan.modules[strip - 1, 0]:
            # Other modules leave other gaps.
            rings[:] = output.error
        for number in range(count):
            frame = raw[number * frame_size : (number + 1) * frame_size]
            ring = rings[number * ring_size : (number + 1) * ring_size]
            _convert_strip(
                frame, tables, plan, strip, placements, output, scratch, ring, count == 1
            )
        if images.size > 0:
            _write_out(plan, strip, rings, images, count)


@kernel_part
def _convert_strip(
    frame: NDArray[np.uint16],
    tables: CellTables,
    plan: StripPlan,
    strip: int,
    placements: NDArray[np.int64],
    output: OutputRange,
    scratch: Scratch,
    ring: Image,
    once: bool,
) -> None:
    """Convert one strip of one frame to the beginning of its ring."""
    above = plan.image_rows[strip, 0] * plan.width
    for module in range(plan.modules[strip, 0], plan.modules[strip, 1]):
        rows = ModuleRows(module, plan.raw_rows[strip, 0], plan.raw_rows[strip, 1])
        placement = Placement(placements[module, 0] - above, placements[module, 1], 1)
        convert_rows(frame, tables, rows, placement, True, output, scratch, ring, once)


@kernel_part
def _write_out(plan: StripPlan, strip: int, rings: Image, images: Image, count: int) -> None:
    ring_size, image_size = plan.ring_rows * plan.width, images.size // count
    begin, end = plan.image_rows[strip, 0] * plan.width, plan.image_rows[strip, 1] * plan.width
    for number in range(count):
        for place in range(begin, end):
            source = number * ring_size + place - begin
            images[np.uint64(number * image_size + place)] = rings[np.uint64(source)]
