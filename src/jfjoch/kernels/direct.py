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
    CellTables,
    Memory,
    Rare,
    any_count,
    convert_listed,
    convert_marking,
    convert_pixels,
    list_marked,
    memory_of,
    new_rare,
)
from jfjoch.kernels.counts import CHIP_PIXELS, MODULE_COLUMNS, MODULE_ROWS, Image
from jfjoch.kernels.group_conversion import GAIN_BITS, GROUP_PIXELS

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
    once: bool,
) -> None:
    """Convert some rows of a flat frame; the other parameters are as for ``assemble_rows``.

    ``placement.fast`` is 1. ``once``: no other image will soon want the same tables.
    """
    first = (rows.module * MODULE_ROWS + rows.begin) * MODULE_COLUMNS
    memory = memory_of(frame, tables, scratch.rare)
    next_row = image.itemsize * placement.slow
    for row in range(rows.begin, rows.end):
        distance = (row - rows.begin) * MODULE_COLUMNS
        start = _image_place(row, 0, placement, extended)
        for column in range(0, MODULE_COLUMNS, GROUP_PIXELS):
            place = distance + column
            target = start + _image_column(column, extended)
            address = image.ctypes.data + image.itemsize * target
            convert_marking(memory, first + place, place, address, next_row, image, output, once)
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
    convert_listed(frame, tables, first, size, int(output.saturation_limit), rare)
    for k in range(size):
        row, column = divmod(rare.pixels[k], MODULE_COLUMNS)
        if not (extended and _is_at_edge(column)):
            place = _image_place(rows.begin + row, column, placement, extended)
            image[place] = fit(rare.counts[k], output)


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
    """Divide the counts of the pixels of a row at the edges of chips, and place them twice.

    A count is divided before it is fitted into the pixel type: what did not fit is converted again.
    """
    for column in range(CHIP_PIXELS, MODULE_COLUMNS, CHIP_PIXELS):
        place, pixel = start + _image_column(column, True), first + column
        left = _halved_pixel(frame, tables, pixel - 1, image[place - 1 - CHIP_GAP], output)
        right = _halved_pixel(frame, tables, pixel, image[place], output)
        place_edge(left, right, start, column, 1, image)


@kernel_part
def _halved_pixel(
    frame: NDArray[np.uint16],
    tables: CellTables,
    pixel: int,
    fitted: np.int32,
    output: OutputRange,
) -> np.int32:
    """Return half the count of a pixel whose count as if in G0 was ``fitted`` into the image."""
    special = fitted in (output.saturated, output.error)
    if special or output.below != output.error or frame[pixel] & GAIN_BITS:
        limit = int(output.saturation_limit)
        return fit(halved(any_count(frame[pixel], tables, pixel, limit), 1), output)
    return halved(fitted, 1)


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
