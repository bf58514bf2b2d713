"""Frames of a counting detector (EIGER) to images.

Between frame and image stand totals, uint32 in the order of raw [modules, 512, 1024]. Their two
highest values are no numbers: ``NO_TOTAL`` (packets are missing) and ``FULL_TOTAL`` (a counter was
at its limit). A frame of 32 bit is a total as it is; so one kernel places frames and sums alike.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels.counts import (
    CHIP_PIXELS,
    MODULE_COLUMNS,
    MODULE_ROWS,
    SIGNED_DTYPES,
    Image,
)

COUNTER_DTYPES = ("uint16", "uint32")
NO_TOTAL = np.uint32(0xFFFFFFFF)
FULL_TOTAL = np.uint32(0xFFFFFFFE)

MODULE_PIXELS = MODULE_ROWS * MODULE_COLUMNS
_CHIPS_IN_ROW = MODULE_COLUMNS // CHIP_PIXELS
_CHIP_GAP_PIXELS = 2

Counters = NDArray[np.unsignedinteger[Any]]
"""Pixels of a frame, of any of ``COUNTER_DTYPES``, flat and contiguous."""


class CounterRange(NamedTuple):
    """What the numbers of a frame mean."""

    limit: np.uint32
    """Counters from here on are full."""
    no_packet: np.uint32
    """Stands for pixels without data."""
    threshold: np.uint32
    """Lower counts become 0; 0 = off."""


class TotalRange(NamedTuple):
    """How totals fit into the pixel type. Values of the pixel type, as the same bits in uint32."""

    saturation_limit: np.uint32
    """Totals from here on are written as ``saturated``."""
    saturated: np.uint32
    error: np.uint32


TOTALS = CounterRange(FULL_TOTAL, NO_TOTAL, np.uint32(0))
"""The meaning of totals that were added up."""


@kernel
def add_counters(frame: Counters, meaning: CounterRange, totals: NDArray[np.uint32]) -> None:
    """Add a frame to ``totals`` of the same size.

    NO_TOTAL wins over FULL_TOTAL wins over a number; a sum beyond 32 bits is FULL_TOTAL.
    """
    for i in range(frame.size):
        # Unsigned: a signed index would be tested for counting from the end.
        pixel = np.uint64(i)
        totals[pixel] = _sum(totals[pixel], _total(frame[pixel], meaning))


@kernel
def counters_to_image(
    frame: Counters,
    meaning: CounterRange,
    placements: NDArray[np.int64],
    assembled: bool,
    output: TotalRange,
    image: Image,
) -> None:
    """Write a frame, or totals, to the flat ``image`` of a signed type (unsigned ones as a view).

    ``placements``: int64 [modules, 3], the place of a module's pixel (0, 0) in the image, and the
    way from a pixel to the one below it and to the one right of it. ``assembled``: two pixels are
    left out, untouched, wherever chips meet. Without, pixels of a row are neighbours in the image.
    """
    for module in range(placements.shape[0]):
        offset, slow, fast = placements[module]
        for row in range(MODULE_ROWS):
            source = (module * MODULE_ROWS + row) * MODULE_COLUMNS
            gap = _CHIP_GAP_PIXELS if assembled else 0
            start = offset + (row + gap * (row // CHIP_PIXELS)) * slow
            for chip in range(_CHIPS_IN_ROW):
                place = start + chip * (CHIP_PIXELS + gap) * fast
                first = source + chip * CHIP_PIXELS
                if fast == 1:  # a constant step is what makes the loop a vector loop
                    _place_chip_row(frame, first, meaning, place, 1, output, image)
                else:
                    _place_chip_row(frame, first, meaning, place, fast, output, image)


@kernel_part
def _place_chip_row(
    frame: Counters,
    first: int,
    meaning: CounterRange,
    place: int,
    step: int,
    output: TotalRange,
    image: Image,
) -> None:
    """Write the pixels of one chip in one row, ``step`` pixels of the image apart."""
    for i in range(CHIP_PIXELS):
        total = _total(frame[np.uint64(first + i)], meaning)
        image[np.uint64(place + i * step)] = fit_total(total, output)


@kernel_part
def _total(counter: Any, meaning: CounterRange) -> np.uint32:
    """Tell numbers from counters without data or at the limit."""
    count = np.uint32(counter)
    total = np.uint32(0) if count < meaning.threshold else count
    total = FULL_TOTAL if count >= meaning.limit else total
    return NO_TOTAL if count == meaning.no_packet else total


@kernel_part
def _sum(a: np.uint32, b: np.uint32) -> np.uint32:
    room = np.uint32(FULL_TOTAL - min(b, FULL_TOTAL))
    result = FULL_TOTAL if a > room else np.uint32(a + b)
    return NO_TOTAL if max(a, b) == NO_TOTAL else result


@kernel_part
def fit_total(total: np.uint32, output: TotalRange) -> np.uint32:
    """Return the bits of the pixel type; it saturates and never wraps."""
    value = output.saturated if total >= output.saturation_limit else total
    return output.error if total == NO_TOTAL else value


def warm_up() -> None:
    """Compile the kernels of this file for all pairs of types, with empty frames."""
    placements = np.empty((0, 3), np.int64)
    output = TotalRange(np.uint32(0), np.uint32(0), np.uint32(0))
    for dtype in COUNTER_DTYPES:
        frame = np.empty(0, dtype)
        add_counters(frame, TOTALS, np.empty(0, np.uint32))
        for image_dtype in SIGNED_DTYPES:
            image = np.empty(0, image_dtype)
            counters_to_image(frame, TOTALS, placements, False, output, image)
