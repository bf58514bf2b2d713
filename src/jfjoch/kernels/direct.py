"""Raw pixels straight into the image: the usual way of a frame that is an image by itself.

The same result as ``convert_pixels`` and ``assemble_rows`` one after the other, but no count goes
through memory in between. For modules whose rows lie along the rows of the image.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels.assembly import (
    CHIP_GAP,
    ENLARGED_ROWS,
    OutputRange,
    Placement,
    assemble_rows,
    fit,
    halved,
    image_row,
    place_edge,
)
from jfjoch.kernels.conversion import (
    GROUP_PIXELS,
    CellTables,
    Memory,
    Rare,
    any_count,
    convert_pixels,
    g0_count,
    list_marked,
    mark_rare,
    memory_of,
    new_rare,
    rare_count,
)
from jfjoch.kernels.counts import CHIP_PIXELS, MODULE_COLUMNS, MODULE_ROWS, Image

STRIP_ROWS = 32
STRIP_PIXELS = STRIP_ROWS * MODULE_COLUMNS
"""128 KiB of counts: fits into the second level of cache beside tables and output."""


class Scratch(NamedTuple):
    """Memory of one worker for the strip in work."""

    counts: NDArray[np.int32]
    """[STRIP_PIXELS]"""
    rare: Rare


def new_scratch() -> Scratch:
    """Reserve the memory."""
    return Scratch(np.empty(STRIP_PIXELS, np.int32), new_rare(STRIP_PIXELS))


class ModuleRows(NamedTuple):
    """Rows [begin, end) of one module, at most ``STRIP_ROWS``."""

    module: int
    begin: int
    end: int


@kernel
def convert_rows(
    frame: NDArray[np.uint16],
    tables: CellTables,
    rows: ModuleRows,
    placement: Placement,
    extended: bool,
    output: OutputRange,
    scratch: Scratch,
    image: Image,
) -> None:
    """Convert some rows of a flat frame; the other parameters are as for ``assemble_rows``.

    ``placement.fast`` is 1.
    """
    first = (rows.module * MODULE_ROWS + rows.begin) * MODULE_COLUMNS
    memory = memory_of(frame, tables)
    for row in range(rows.begin, rows.end):
        distance = (row - rows.begin) * MODULE_COLUMNS
        start = _image_place(row, 0, placement, extended)
        for column in range(0, MODULE_COLUMNS, GROUP_PIXELS):
            pixel = first + distance + column
            _convert_group(
                frame, tables, pixel, output, image, start + _image_column(column, extended)
            )
            mark_rare(memory, pixel, scratch.rare, distance + column)
        if extended:
            _convert_edges(frame, tables, first + distance, start, output, image)
    _convert_rare(frame, tables, memory, rows, first, placement, extended, output, scratch, image)
    if extended:
        _convert_enlarged_rows(frame, tables, rows, first, placement, output, scratch, image)


@kernel_part
def _image_column(column: int, extended: bool) -> int:
    return column + CHIP_GAP * (column // CHIP_PIXELS) if extended else column


@kernel_part
def _image_place(row: int, column: int, placement: Placement, extended: bool) -> int:
    start = placement.start + image_row(row, extended) * placement.slow
    return start + _image_column(column, extended)


@kernel_part
def _convert_group(
    frame: NDArray[np.uint16],
    tables: CellTables,
    first: int,
    output: OutputRange,
    image: Image,
    place: int,
) -> None:
    # Unsigned: signed indices would be tested for counting from the end.
    if output.below == output.error:
        # Signed types have their error value at the lower end: one comparison less, 10 %.
        for i in range(GROUP_PIXELS):
            count = g0_count(frame[np.uint64(first + i)], tables, 2 * first + i)
            fitting = max(count, output.below)
            high = fitting >= output.saturation_limit
            image[np.uint64(place + i)] = output.saturated if high else fitting
    else:
        for i in range(GROUP_PIXELS):
            count = g0_count(frame[np.uint64(first + i)], tables, 2 * first + i)
            image[np.uint64(place + i)] = fit(count, output)


@kernel_part
def _convert_rare(
    frame: NDArray[np.uint16],
    tables: CellTables,
    memory: Memory,
    rows: ModuleRows,
    first: int,
    placement: Placement,
    extended: bool,
    output: OutputRange,
    scratch: Scratch,
    image: Image,
) -> None:
    """Convert the marked pixels, each by itself."""
    rare = scratch.rare
    end = first + (rows.end - rows.begin) * MODULE_COLUMNS
    size = list_marked(memory, rare, first, end)
    for k in range(size):
        pixel = first + rare.pixels[k]
        count = rare_count(frame[pixel], tables, pixel, int(output.saturation_limit))
        scratch.counts[k] = fit(count, output)
    for k in range(size):
        row, column = divmod(rare.pixels[k], MODULE_COLUMNS)
        if not (extended and _is_at_edge(column)):
            place = _image_place(rows.begin + row, column, placement, extended)
            image[place] = scratch.counts[k]


@kernel_part
def _is_at_edge(column: int) -> bool:
    """Whether the column is next to another chip."""
    return (column + 1) % CHIP_PIXELS < 2 and 0 < column < MODULE_COLUMNS - 1


@kernel_part
def _convert_edges(
    frame: NDArray[np.uint16],
    tables: CellTables,
    first: int,
    start: int,
    output: OutputRange,
    image: Image,
) -> None:
    """Convert the pixels of a row at the edges of chips again.

    Their counts are divided before they are fitted into the pixel type.
    """
    limit = int(output.saturation_limit)
    for column in range(CHIP_PIXELS, MODULE_COLUMNS, CHIP_PIXELS):
        pixel = first + column
        left = halved(any_count(frame[pixel - 1], tables, pixel - 1, limit), 1)
        right = halved(any_count(frame[pixel], tables, pixel, limit), 1)
        place_edge(fit(left, output), fit(right, output), start, column, 1, image)


@kernel_part
def _convert_enlarged_rows(
    frame: NDArray[np.uint16],
    tables: CellTables,
    rows: ModuleRows,
    first: int,
    placement: Placement,
    output: OutputRange,
    scratch: Scratch,
    image: Image,
) -> None:
    """Convert the rows of multipixels by way of their counts, which are divided."""
    limit = int(output.saturation_limit)
    for row in ENLARGED_ROWS:
        if rows.begin <= row < rows.end:
            begin = first + (row - rows.begin) * MODULE_COLUMNS
            end = begin + MODULE_COLUMNS
            convert_pixels(frame, tables, begin, end, limit, scratch.rare, scratch.counts, 0)
            assemble_rows(scratch.counts, 0, row, row + 1, placement, True, output, image)
