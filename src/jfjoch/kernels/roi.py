"""Sums over regions of interest."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels.conversion import CellTables, any_count, empty_tables
from jfjoch.kernels.counts import ERROR, SATURATED, SIGNED_DTYPES, Image, SpecialValues

LEAST = np.iinfo(np.int64).min
"""Maximum of no pixel."""
_LOW_BITS = np.uint64(32)


class Regions(NamedTuple):
    """Regions of one image size; shared by all workers.

    A region is a piece of some neighbouring rows. Its multipixels are listed by themselves.
    """

    countable: NDArray[np.uint8]
    """[pixels] 1 for a pixel of its own that can count, 0 for a part of a multipixel and others."""
    rows: NDArray[np.int64]
    """[regions, 2] first row and end."""
    first_span: NDArray[np.int64]
    """[regions] which of the spans belongs to the first row."""
    spans: NDArray[np.int64]
    """[spans, 2] first column and end, which is not above the first where there is none."""
    first_member: NDArray[np.int64]
    """[regions + 1] which of the members is the first of a region."""
    members: NDArray[np.int64]
    """[members] multipixels of a region, as numbers in ``places``."""
    places: NDArray[np.int64]
    """[multipixels] flat place of their first pixel in the image."""


class RegionSums(NamedTuple):
    """One worker's sums of one image, each [regions]."""

    total: NDArray[np.int64]
    square_low: NDArray[np.uint64]
    """Sum of the low 32 bits of the squares, which together can be too large for 64 bits."""
    square_high: NDArray[np.uint64]
    """Sum of their high bits."""
    highest: NDArray[np.int64]
    valid_pixels: NDArray[np.int64]


def new_region_sums(region_count: int) -> RegionSums:
    """Reserve the memory, as ``clear`` leaves it."""
    signed, unsigned = (np.zeros((n, region_count), t) for n, t in ((3, np.int64), (2, np.uint64)))
    sums = RegionSums(signed[0], unsigned[0], unsigned[1], signed[1], signed[2])
    clear(sums)
    return sums


def clear(sums: RegionSums) -> None:
    """Begin a new image."""
    for array in sums:
        array[:] = 0
    sums.highest[:] = LEAST


@kernel
def add_regions(
    image: Image,
    width: int,
    row_begin: int,
    row_end: int,
    regions: Regions,
    multipixels: NDArray[np.int32],
    special: SpecialValues,
    sums: RegionSums,
) -> None:
    """Add rows [row_begin, row_end) of an image, which are all that flat ``image`` holds.

    ``image`` is of a signed type, or an unsigned one viewed as such. ``multipixels``: counts of
    those listed in ``regions``, of any row, not divided.
    """
    above, bits = row_begin * width, _value_bits(image, special)
    for region in range(len(regions.rows)):
        top, bottom = regions.rows[region]
        for row in range(max(top, row_begin), min(bottom, row_end)):
            left, right = regions.spans[regions.first_span[region] + row - top]
            begin, end = row * width + left, row * width + right
            _add_span(image, above, begin, end, bits, regions.countable, special, sums, region)
        for k in range(regions.first_member[region], regions.first_member[region + 1]):
            number = regions.members[k]
            place = regions.places[number]
            if above <= place < row_end * width:
                value = np.int64(image[place - above]) & bits
                _add_multipixel(value, multipixels[number], special, sums, region)


@kernel_part
def _value_bits(image: Image, special: SpecialValues) -> int:
    """Return the bits of a pixel that are its value; those above repeat the sign, if it has one."""
    # An unsigned type has its error value at the upper end.
    return (1 << (8 * image.itemsize)) - 1 if special.error > 0 else -1


@kernel_part
def _add_span(
    image: Image,
    above: int,
    begin: int,
    end: int,
    bits: int,
    countable: NDArray[np.uint8],
    special: SpecialValues,
    sums: RegionSums,
    region: int,
) -> None:
    total = pixels = np.int64(0)
    low = high = np.uint64(0)
    highest = np.int64(LEAST)
    for place in range(begin, end):
        value = np.int64(image[np.uint64(place - above)]) & bits
        counts = value != special.error and value != special.saturated
        counts = counts and countable[np.uint64(place)] != 0
        number = value if counts else np.int64(0)
        square = np.uint64(number) * np.uint64(number)
        total += number
        low += square & np.uint64(0xFFFFFFFF)
        high += square >> _LOW_BITS
        highest = max(highest, value if counts else np.int64(LEAST))
        pixels += np.int64(counts)
    sums.total[region] += total
    sums.square_low[region] += low
    sums.square_high[region] += high
    sums.highest[region] = max(sums.highest[region], highest)
    sums.valid_pixels[region] += pixels


@kernel_part
def _add_multipixel(
    part: np.int64,
    count: np.int32,
    special: SpecialValues,
    sums: RegionSums,
    region: int,
) -> None:
    """Add a multipixel, unless it does not count in the image: ``part`` is what stands there."""
    if part in (special.error, special.saturated) or count in (ERROR, SATURATED):
        return
    # An unsigned image has no place for numbers below 0: its error value is its highest.
    number = max(np.int64(count), np.int64(0)) if special.error > 0 else np.int64(count)
    square = np.uint64(number) * np.uint64(number)
    sums.total[region] += number
    sums.square_low[region] += square & np.uint64(0xFFFFFFFF)
    sums.square_high[region] += square >> _LOW_BITS
    sums.highest[region] = max(sums.highest[region], number)
    sums.valid_pixels[region] += 1


@kernel
def convert_some(
    raw: NDArray[np.uint16],
    tables: CellTables,
    pixels: NDArray[np.int64],
    threshold: int,
    limit: int,
    counts: NDArray[np.int32],
) -> None:
    """Convert the listed pixels of a flat frame, one count for each.

    ``threshold``, 0 = off, and ``limit`` as for ``convert_to_image``, which divides the same
    counts.
    """
    for k in range(pixels.size):
        count = any_count(raw[pixels[k]], tables, pixels[k], limit)
        counts[k] = 0 if count < threshold and threshold > 0 and count != ERROR else count


def no_regions() -> Regions:
    """Return regions of no pixel, of the right types."""
    index, pairs = np.empty(0, np.int64), np.empty((0, 2), np.int64)
    return Regions(np.empty(0, np.uint8), pairs, index, pairs, np.zeros(1, np.int64), index, index)


def warm_up() -> None:
    """Compile for all widths of pixels."""
    sums, multipixels = new_region_sums(0), np.empty(0, np.int32)
    for dtype in SIGNED_DTYPES:
        image = np.empty(0, dtype)
        add_regions(image, 1, 0, 0, no_regions(), multipixels, SpecialValues(0, 0), sums)
    frame, pixels = np.empty(0, np.uint16), np.empty(0, np.int64)
    convert_some(frame, empty_tables(), pixels, 0, 0, multipixels)
