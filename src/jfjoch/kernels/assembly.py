"""Counts of modules to their place in an image of the type that is sent.

Pixels at the inner edges of chips ("multipixels") are twice as large. In an assembled image such
a pixel fills two pixels (four at a corner of chips), each with the half (quarter) of its counts,
cut towards zero; so a module of 512 x 1024 becomes 514 x 1030.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels.counts import CHIP_PIXELS, ERROR, MODULE_COLUMNS, SATURATED, Image

CHIP_GAP = 2
"""Columns or rows that an extended module has more per edge between chips."""
ENLARGED_ROWS = (CHIP_PIXELS - 1, CHIP_PIXELS)
_CHIPS_IN_ROW = MODULE_COLUMNS // CHIP_PIXELS


class OutputRange(NamedTuple):
    """How counts fit into the pixel type. Values of the pixel type, as the same bits in int32."""

    saturation_limit: np.int32
    """Counts from here on are written as ``saturated``."""
    saturated: np.int32
    below: np.int32
    """Written for counts below it: 0 in an unsigned type, the error value in a signed one."""
    error: np.int32


class Placement(NamedTuple):
    """Where a module is in the flat image."""

    start: int
    """Place of the module's pixel (0, 0)."""
    slow: int
    """Way from a pixel to the one in the next row of the module."""
    fast: int
    """Way from a pixel to the one in the next column of the module."""


@kernel_part
def placement_of(placements: NDArray[np.int64], module: int) -> Placement:
    """Return one of ``placements``, int64 [modules, 3]."""
    return Placement(placements[module, 0], placements[module, 1], placements[module, 2])


@kernel
def assemble_rows(
    counts: NDArray[np.int32],
    first: int,
    row_begin: int,
    row_end: int,
    placement: Placement,
    extended: bool,
    output: OutputRange,
    image: Image,
) -> None:
    """Write rows [row_begin, row_end) of one module to the image.

    Row ``row_begin`` starts at ``first`` of the flat ``counts``; ``image`` is flat, of any integer
    type. ``extended``: with multipixels; without, the pixels of a row are neighbours in the image.
    """
    for row in range(row_begin, row_end):
        source = first + (row - row_begin) * MODULE_COLUMNS
        start = placement.start + image_row(row, extended) * placement.slow
        if not extended:
            _place(counts, source, MODULE_COLUMNS, start, 0, output, image)
        elif row in ENLARGED_ROWS:
            _place_row(counts, source, start, placement.fast, 1, output, image)
            _place_row(counts, source, start + placement.slow, placement.fast, 1, output, image)
        else:
            _place_row(counts, source, start, placement.fast, 0, output, image)


@kernel_part
def image_row(row: int, extended: bool) -> int:
    """Return the (first) row of the converted module that a row of the raw one comes to."""
    if not extended:
        return row
    # Raw rows 255 and 256 fill rows 255, 256 and 257, 258.
    return row + (row > CHIP_PIXELS - 1) + (row > CHIP_PIXELS)


@kernel_part
def _place_row(
    counts: NDArray[np.int32],
    source: int,
    start: int,
    stride: int,
    halvings: int,
    output: OutputRange,
    image: Image,
) -> None:
    """Write a row of a module in any direction, its columns at the edges of chips twice."""
    for chip in range(_CHIPS_IN_ROW):
        column = chip * CHIP_PIXELS
        place = start + (column + CHIP_GAP * chip) * stride
        if stride == 1:
            _place(counts, source + column, CHIP_PIXELS, place, halvings, output, image)
        else:
            for i in range(CHIP_PIXELS):
                count = halved(counts[source + column + i], halvings)
                image[place + i * stride] = fit(count, output)
    for column in range(CHIP_PIXELS, MODULE_COLUMNS, CHIP_PIXELS):
        left = fit(halved(counts[source + column - 1], halvings + 1), output)
        right = fit(halved(counts[source + column], halvings + 1), output)
        place_edge(left, right, start, column, stride, image)


@kernel_part
def _place(
    counts: NDArray[np.int32],
    source: int,
    size: int,
    start: int,
    halvings: int,
    output: OutputRange,
    image: Image,
) -> None:
    """Write ``size`` counts one after another."""
    for i in range(size):
        # Unsigned: signed indices would be tested for counting from the end.
        count = counts[np.uint64(source + i)]
        image[np.uint64(start + i)] = fit(halved(count, halvings), output)


@kernel_part
def place_edge(
    left: np.int32, right: np.int32, start: int, column: int, stride: int, image: Image
) -> None:
    """Write the pixels left and right of the edge before ``column`` of a raw row, each twice."""
    place = start + (column + CHIP_GAP * (column // CHIP_PIXELS)) * stride
    image[place - 3 * stride] = left
    image[place - 2 * stride] = left
    image[place - stride] = right
    image[place] = right


@kernel_part
def halved(count: np.int32, halvings: int) -> np.int32:
    """Divide by 2 ** halvings towards zero; ERROR and SATURATED are not divided."""
    # A shift alone rounds down, which is away from zero below it.
    correction = np.int32((1 << halvings) - 1 if count < 0 else 0)
    part = np.int32(np.int32(count + correction) >> halvings)
    return count if count in (ERROR, SATURATED) else part


@kernel_part
def fit(count: np.int32, output: OutputRange) -> np.int32:
    """Fit a count into the pixel type; it saturates and never wraps."""
    value = max(count, output.below)
    if count >= output.saturation_limit:
        value = output.saturated
    if count == ERROR:
        value = output.error
    return value
