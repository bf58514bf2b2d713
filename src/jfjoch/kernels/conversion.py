"""Raw JUNGFRAU pixels to counts of photons, any range of pixels.

A raw pixel is 2 bits of gain stage (00 G0, 01 G1, 11 G2, 10 never sent) above 14 bits of ADC.
``count = (ADC - pedestal[stage]) / (gain[stage] * energy)``, rounded half away from zero
(Redford et al., J. Inst. 13 (2018) C01027).

Nearly all pixels are in G0. So a group of pixels is first converted as if all were, in float32 and
without a test per pixel; what makes a pixel unusable is baked into its tables. Pixels in G1 and G2
are rare. Their tables are not in the cache, so they are marked in a first pass over some rows, and
converted in a second.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._intrinsics import load_word, store_word, trailing_zeros
from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels._prefetch import prefetch_line, prefetch_line_once, prefetch_line_to_write
from jfjoch.kernels.assembly import OutputRange
from jfjoch.kernels.counts import ERROR, SATURATED, Image
from jfjoch.kernels.group_conversion import (
    ALMOST_HALF,
    GAIN_BITS,
    GROUP_PIXELS,
    convert_group,
)

ADC_BITS = 0x3FFF
INVALID_GAIN_BITS = 0x8000
SATURATED_RAW = 0xC000
"""G2 at ADC 0: the pixel saw more than it can measure."""
NO_DATA_RAW = 0xFFFF
NO_CONVERSION_RAW = 0x4000
"""G1 at ADC 0."""

UNUSABLE_PEDESTAL = np.float32(2.0**40)
UNUSABLE_RECIPROCAL = np.float32(2.0**-9)
"""With these any raw value becomes ERROR: float32 has no room for an ADC value beside 2 ** 40."""
LARGEST_RECIPROCAL = 2.0**14
"""With more counts per ADU the product below might not fit into int32."""

_ALMOST_HALF = float(np.nextafter(0.5, 0))
_LINE_BYTES = 64
_AHEAD = 4096
"""Bytes from what is in work to what is fetched of tables, raw words and counts."""


class CellTables(NamedTuple):
    """What each pixel of a frame needs, for one storage cell; shared by all workers.

    Pixels in the order of raw [modules, 512, 1024], flat.
    """

    g0: NDArray[np.float32]
    """[groups, 2, 64] flat: 64 pedestals (ADU), then as many reciprocals
    (counts per ADU), so that a frame walks through memory once. At most 16383 ADU and
    ``LARGEST_RECIPROCAL`` in size, or both of them ``UNUSABLE_``."""
    high: NDArray[np.float64]
    """[pixels, 4] pedestals of G1 and G2 (ADU), then their gains (ADU per count): a pixel has them
    in one line of the cache. NaN where they can't be used and in dead pixels."""
    dead: NDArray[np.bool_]
    """[pixels] no charge arrives; asked only where the raw value says saturated."""


def empty_tables() -> CellTables:
    """Return tables of no pixel, of the right types."""
    pixels = 0
    return CellTables(
        np.empty(pixels, np.float32),
        np.empty((pixels, 4), np.float64),
        np.empty(pixels, np.bool_),
    )


class Memory(NamedTuple):
    """Addresses: asking an array for its own in a loop costs more than the work there."""

    raw: int
    g0: int
    high: int
    marks: int


@kernel_part
def memory_of(raw: NDArray[np.uint16], tables: CellTables, rare: "Rare") -> Memory:
    """Return where a frame, its tables and the marks lie."""
    return Memory(
        raw.ctypes.data,
        tables.g0.ctypes.data,
        tables.high.ctypes.data,
        rare.marks.ctypes.data,
    )


class Rare(NamedTuple):
    """Scratch for the pixels of a strip that are in G1 or G2."""

    marks: NDArray[np.uint64]
    """[pixels / 64] a bit for every pixel."""
    pixels: NDArray[np.int32]
    """[pixels] those marked, one after another, as distance from the first of the strip."""
    ratios: NDArray[np.float64]
    counts: NDArray[np.int32]
    """[pixels] of those marked, in the same order."""


def new_rare(pixels: int) -> Rare:
    """Reserve the memory for strips of that many pixels, a multiple of 64."""
    return Rare(
        np.empty(pixels // GROUP_PIXELS, np.uint64),
        np.empty(pixels, np.int32),
        np.empty(pixels, np.float64),
        np.empty(pixels, np.int32),
    )


@kernel
def convert_pixels(
    raw: NDArray[np.uint16],
    tables: CellTables,
    begin: int,
    end: int,
    limit: int,
    rare: Rare,
    counts: NDArray[np.int32],
    place: int,
) -> None:
    """Convert pixels [begin, end) of a flat frame to ``counts`` from ``place`` on.

    ``begin`` and ``end`` are multiples of 64. Counts from ``limit`` on are SATURATED. ``rare`` is
    scratch for as many pixels.
    Dead pixel: ERROR. Else 0xC000: SATURATED. Else 0xFFFF, 0x4000, gain bits 10, or pedestal or
    gain of the stage unusable: ERROR.
    """
    memory = memory_of(raw, tables, rare)
    output = OutputRange(np.int32(limit), SATURATED, ERROR, ERROR)
    there = counts.ctypes.data + counts.itemsize * place
    for first in range(begin, end, GROUP_PIXELS):
        target = there + counts.itemsize * (first - begin)
        convert_marking(memory, first, first - begin, target, _AHEAD, counts, output, True)
    size = list_marked(memory, rare, begin, end)
    convert_listed(raw, tables, begin, size, limit, rare)
    for k in range(size):
        counts[place + rare.pixels[k]] = rare.counts[k]


@kernel_part
def convert_listed(
    raw: NDArray[np.uint16], tables: CellTables, begin: int, size: int, limit: int, rare: Rare
) -> None:
    """Convert the first ``size`` of ``rare.pixels`` to ``rare.counts``; ``begin`` as for the list.

    One loop does no more than to wait for memory, for many pixels at a time; one is vector code.
    """
    for k in range(size):
        pixel = begin + rare.pixels[k]
        rare.ratios[k] = rare_ratio(raw[pixel], tables, pixel)
    for k in range(size):
        rare.counts[k] = whole_count(rare.ratios[k], limit)


@kernel_part
def list_marked(memory: Memory, rare: Rare, begin: int, end: int) -> int:
    """Fill in ``rare.pixels`` from the marks of pixels [begin, end); return how many are marked.

    Their tables are far apart in memory. They are all asked for here, in a loop that waits for
    none of them. Asking for them earlier, while tables stream in, is slower.
    """
    size = 0
    for group in range((end - begin) // GROUP_PIXELS):
        mark = load_word(memory.marks + 8 * group)
        while mark:
            rare.pixels[size] = group * GROUP_PIXELS + trailing_zeros(mark)
            mark &= mark - np.uint64(1)
            size += 1
    for k in range(size):
        prefetch_line(memory.high + 32 * (begin + rare.pixels[k]))
    return size


@kernel_part
def convert_marking(
    memory: Memory,
    first: int,
    place: int,
    target: int,
    ahead: int,
    image: Image,
    output: OutputRange,
    once: bool,
) -> None:
    """Convert the group from pixel ``first`` of the frame on, to address ``target`` of ``image``.

    Those not in G0 are marked, as pixels ``place`` of the strip and following. ``ahead``: bytes
    to where the image will be written soon. ``once``: no other image will soon want these tables.
    """
    words, tables = memory.raw + 2 * first, memory.g0 + 8 * first
    if once:
        _fetch_tables(tables + _AHEAD)
    else:
        # Beside the tables this is slower: the processor sees by itself where raw words go on.
        _fetch_words(words + _AHEAD)
    for line in range(image.itemsize * GROUP_PIXELS // _LINE_BYTES):
        prefetch_line_to_write(target + ahead + line * _LINE_BYTES)
    marks = convert_group(words, tables, target, image, output)
    store_word(memory.marks + place // 8, marks)


@kernel_part
def _fetch_tables(tables: int) -> None:
    for line in range(8 * GROUP_PIXELS // _LINE_BYTES):
        prefetch_line_once(tables + line * _LINE_BYTES)


@kernel_part
def _fetch_words(words: int) -> None:
    for line in range(2 * GROUP_PIXELS // _LINE_BYTES):
        prefetch_line(words + line * _LINE_BYTES)


@kernel
def any_count(value: np.uint16, tables: CellTables, pixel: int, limit: int) -> np.int32:
    """Return the count of one pixel in any stage."""
    if value & GAIN_BITS:
        return rare_count(value, tables, pixel, limit)
    count = _g0_count(value, tables, pixel)
    return SATURATED if count >= limit else count


@kernel_part
def _g0_count(value: np.uint16, tables: CellTables, pixel: int) -> np.int32:
    """Return the count of a pixel in G0, rounded as groups are."""
    lane = pixel % GROUP_PIXELS
    place = 2 * (pixel - lane) + lane
    adu = np.float32(value) - tables.g0[place]
    exact = adu * tables.g0[place + GROUP_PIXELS]
    return np.int32(exact + np.float32(math.copysign(ALMOST_HALF, exact)))


@kernel_part
def rare_count(value: np.uint16, tables: CellTables, pixel: int, limit: int) -> np.int32:
    """Return the count of one pixel in G1 or G2."""
    return whole_count(rare_ratio(value, tables, pixel), limit)


@kernel_part
def rare_ratio(value: np.uint16, tables: CellTables, pixel: int) -> float:
    """Return the unrounded count of one pixel in G1 or G2; infinity saturates, NaN is an error."""
    if value == SATURATED_RAW:
        return np.nan if tables.dead[pixel] else np.inf
    if value in (NO_DATA_RAW, NO_CONVERSION_RAW) or value & GAIN_BITS == INVALID_GAIN_BITS:
        return np.nan
    stage, place = value >> 15, np.uint64(pixel)
    adu = np.float64(value & ADC_BITS) - tables.high[place, stage]
    return float(adu / tables.high[place, 2 + stage])


@kernel_part
def whole_count(ratio: float, limit: int) -> np.int32:
    """Round half away from zero, without a branch; counts from ``limit`` on become SATURATED."""
    near = ratio + math.copysign(_ALMOST_HALF, ratio)
    inside = np.int32(near if abs(ratio) < SATURATED else 0.0)
    count = inside if ratio > ERROR else ERROR
    return SATURATED if ratio >= SATURATED or count >= limit else count
