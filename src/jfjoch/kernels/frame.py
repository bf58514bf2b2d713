"""Whole frames, strip by strip, so that a strip stays in cache from one step to the next.

Every function here is one call per frame that leaves the GIL alone. Arrays are flat and
contiguous: ``raw`` uint16 and ``counts`` int32 in the order [modules, 512, 1024], ``image`` of a
signed type (unsigned pixels as a view, for their bits are the same, and compilation is slow);
``placements`` int64 [modules, 3], a ``Placement`` for every module. ``threshold`` 0 = off;
``limit``: counts of a frame from here on are SATURATED, before they are summed or divided.
"""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels.assembly import OutputRange, assemble_rows, placement_of
from jfjoch.kernels.conversion import (
    NO_DATA_RAW,
    CellTables,
    convert_pixels,
    empty_tables,
)
from jfjoch.kernels.counts import ERROR, MODULE_ROWS, SIGNED_DTYPES, Image
from jfjoch.kernels.direct import (
    STRIP_PIXELS,
    STRIP_ROWS,
    ModuleRows,
    Scratch,
    convert_rows,
    new_scratch,
)
from jfjoch.kernels.summation import add_counts
from jfjoch.kernels.threshold import zero_below


@kernel
def convert_to_image(
    raw: NDArray[np.uint16],
    tables: CellTables,
    threshold: int,
    scratch: Scratch,
    placements: NDArray[np.int64],
    extended: bool,
    output: OutputRange,
    image: Image,
) -> None:
    """Convert a frame that is an image by itself."""
    for index in range(raw.size // STRIP_PIXELS):
        rows = _rows_of(index)
        placement = placement_of(placements, rows.module)
        if threshold == 0 and placement.fast == 1:
            convert_rows(raw, tables, rows, placement, extended, output, scratch, image, True)
        else:
            limit = int(output.saturation_limit)
            _convert_strip(raw, tables, index, threshold, limit, scratch)
            _place_strip(scratch.counts, 0, index, placements, extended, output, image)


@kernel
def convert_to_counts(
    raw: NDArray[np.uint16],
    tables: CellTables,
    threshold: int,
    limit: int,
    scratch: Scratch,
    counts: NDArray[np.int32],
) -> None:
    """Convert the first frame of a sum: ``counts`` is overwritten."""
    for begin in range(0, raw.size, STRIP_PIXELS):
        end = begin + STRIP_PIXELS
        convert_pixels(raw, tables, begin, end, limit, scratch.rare, counts, begin)
        if threshold > 0:
            zero_below(counts, begin, STRIP_PIXELS, threshold)


@kernel
def add_to_counts(
    raw: NDArray[np.uint16],
    tables: CellTables,
    threshold: int,
    limit: int,
    scratch: Scratch,
    counts: NDArray[np.int32],
) -> None:
    """Convert a further frame of a sum and add it to ``counts``."""
    for index in range(raw.size // STRIP_PIXELS):
        _convert_strip(raw, tables, index, threshold, limit, scratch)
        add_counts(scratch.counts, STRIP_PIXELS, counts, index * STRIP_PIXELS)


@kernel
def counts_to_image(
    counts: NDArray[np.int32],
    placements: NDArray[np.int64],
    extended: bool,
    output: OutputRange,
    image: Image,
) -> None:
    """Place the counts of a finished sum."""
    for index in range(counts.size // STRIP_PIXELS):
        _place_strip(counts, index * STRIP_PIXELS, index, placements, extended, output, image)


@kernel
def raw_to_image(
    raw: NDArray[np.uint16],
    threshold: int,
    scratch: Scratch,
    placements: NDArray[np.int64],
    extended: bool,
    output: OutputRange,
    image: Image,
) -> None:
    """Place the 16 bits of every pixel as they came; 0xFFFF, for missing packets, is ERROR."""
    for index in range(raw.size // STRIP_PIXELS):
        _copy_strip(raw, index, scratch.counts)
        if threshold > 0:
            zero_below(scratch.counts, 0, STRIP_PIXELS, threshold)
        _place_strip(scratch.counts, 0, index, placements, extended, output, image)


@kernel_part
def _convert_strip(
    raw: NDArray[np.uint16],
    tables: CellTables,
    index: int,
    threshold: int,
    limit: int,
    scratch: Scratch,
) -> None:
    begin = index * STRIP_PIXELS
    end = begin + STRIP_PIXELS
    convert_pixels(raw, tables, begin, end, limit, scratch.rare, scratch.counts, 0)
    if threshold > 0:
        zero_below(scratch.counts, 0, STRIP_PIXELS, threshold)


@kernel_part
def _copy_strip(raw: NDArray[np.uint16], index: int, strip: NDArray[np.int32]) -> None:
    for i in range(STRIP_PIXELS):
        value = raw[np.uint64(index * STRIP_PIXELS + i)]
        strip[i] = ERROR if value == NO_DATA_RAW else np.int32(value)


@kernel_part
def _place_strip(
    counts: NDArray[np.int32],
    first: int,
    index: int,
    placements: NDArray[np.int64],
    extended: bool,
    output: OutputRange,
    image: Image,
) -> None:
    """Place the strip of that index within the frame, which starts at ``first`` of ``counts``."""
    rows = _rows_of(index)
    placement = placement_of(placements, rows.module)
    assemble_rows(counts, first, rows.begin, rows.end, placement, extended, output, image)


@kernel_part
def _rows_of(index: int) -> ModuleRows:
    """Return the rows of the strip of that index within the frame."""
    module, begin = divmod(index * STRIP_ROWS, MODULE_ROWS)
    return ModuleRows(module, begin, begin + STRIP_ROWS)


def warm_up() -> None:
    """Compile the kernels of this file for all widths of pixels, with empty frames."""
    raw, counts, scratch = np.empty(0, np.uint16), np.empty(0, np.int32), new_scratch()
    tables, placements = empty_tables(), np.empty((0, 3), np.int64)
    output = OutputRange(*np.zeros(len(OutputRange._fields), np.int32))
    convert_to_counts(raw, tables, 0, 0, scratch, counts)
    add_to_counts(raw, tables, 0, 0, scratch, counts)
    for dtype in SIGNED_DTYPES:
        image = np.empty(0, dtype)
        convert_to_image(raw, tables, 0, scratch, placements, False, output, image)
        counts_to_image(counts, placements, False, output, image)
        raw_to_image(raw, 0, scratch, placements, False, output, image)
