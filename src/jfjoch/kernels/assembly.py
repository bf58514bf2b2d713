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

_CHIPS_IN_ROW = MODULE_COLUMNS // CHIP_PIXELS


class OutputRange(NamedTuple):
    """How counts fit into the pixel type. Values of the pixel type, as the same bits in int32."""

    saturation_limit: np.int32
    """Counts from here on are written as ``saturated``."""
    saturated: np.int32
    lowest: np.int32
    """Counts below are written as ``below``."""
    below: np.int32
    error: np.int32


@kernel
def assemble_rows(
    counts: NDArray[np.int32],
    first: int,
    row_begin: int,
    row_end: int,
    placement: NDArray[np.int64],
    extended: bool,
    output: OutputRange,
    image: Image,
) -> None:
    """Write rows [row_begin, row_end) of one module to the image.

    Row ``row_begin`` starts at ``first`` of the flat ``counts``. ``placement`` is the place of
    the module's pixel (0, 0) in the flat ``image`` of any integer type, and the way from a pixel
    to the one below it and to the one right of it. ``extended``: with multipixels; without, the
    pixels of a row are neighbours in the image.
    """
    offset, slow, stride = placement[0], placement[1], placement[2]
    for row in range(row_begin, row_end):
        source = first + (row - row_begin) * MODULE_COLUMNS
        enlarged = row in (CHIP_PIXELS - 1, CHIP_PIXELS)
        if not extended:
            _place(counts, source, MODULE_COLUMNS, offset + row * slow, output, image)
        elif enlarged or stride != 1:
            _place_any_row(counts, source, row, enlarged, placement, output, image)
        else:
            start = offset + (row + 2 * (row // CHIP_PIXELS)) * slow
            for chip in range(_CHIPS_IN_ROW):
                column = chip * CHIP_PIXELS
                place = start + column + 2 * chip
                _place(counts, source + column, CHIP_PIXELS, place, output, image)
            _place_edges(counts, source, start, 1, 1, output, image)


@kernel_part
def _place(
    counts: NDArray[np.int32],
    source: int,
    size: int,
    start: int,
    output: OutputRange,
    image: Image,
) -> None:
    """Write ``size`` counts one after another, undivided."""
    for i in range(size):
        # Unsigned: signed indices would be tested for counting from the end.
        image[np.uint64(start + i)] = fit(counts[np.uint64(source + i)], output)


@kernel_part
def _place_any_row(
    counts: NDArray[np.int32],
    source: int,
    row: int,
    enlarged: bool,
    placement: NDArray[np.int64],
    output: OutputRange,
    image: Image,
) -> None:
    """Write a row in any direction, pixel by pixel; twice if it is enlarged."""
    offset, slow, stride = placement[0], placement[1], placement[2]
    # Raw rows 255 and 256 are image rows 255, 256 and 257, 258.
    first_row = 2 * row - CHIP_PIXELS + 1 if enlarged else row + 2 * (row // CHIP_PIXELS)
    halvings = 1 if enlarged else 0
    for image_row in range(first_row, first_row + 1 + halvings):
        start = offset + image_row * slow
        for column in range(MODULE_COLUMNS):
            place = start + (column + 2 * (column // CHIP_PIXELS)) * stride
            image[place] = fit(halved(counts[source + column], halvings), output)
        _place_edges(counts, source, start, stride, halvings + 1, output, image)


@kernel_part
def _place_edges(
    counts: NDArray[np.int32],
    source: int,
    start: int,
    stride: int,
    halvings: int,
    output: OutputRange,
    image: Image,
) -> None:
    """Write the columns where chips meet: three edges, each of two raw and four image pixels."""
    for chip in range(1, _CHIPS_IN_ROW):
        column = chip * CHIP_PIXELS
        place = start + (column + 2 * chip) * stride
        left = fit(halved(counts[source + column - 1], halvings), output)
        right = fit(halved(counts[source + column], halvings), output)
        image[place - 3 * stride] = left
        image[place - 2 * stride] = left
        image[place - stride] = right
        image[place] = right


@kernel_part
def halved(count: np.int32, halvings: int) -> np.int32:
    """Divide by 2 ** halvings towards zero; ERROR and SATURATED are not divided."""
    if count in (ERROR, SATURATED):
        return count
    # A shift alone rounds down, which is away from zero below it.
    correction = (1 << halvings) - 1 if count < 0 else 0
    return np.int32((count + correction) >> halvings)


@kernel_part
def fit(count: np.int32, output: OutputRange) -> np.int32:
    """Fit a count into the pixel type; it saturates and never wraps."""
    value = count
    if count < output.lowest:
        value = output.below
    if count >= output.saturation_limit:
        value = output.saturated
    if count == ERROR:
        value = output.error
    return value
