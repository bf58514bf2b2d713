"""Where matches may start and end in a block of bit planes: bitmaps, one bit per byte."""

from typing import NamedTuple

from jfjoch.kernels._bitmap_words import (
    WORDS_AT_A_TIME,
    equal_bytes,
    store_lz4_starts,
    zero_bytes,
)
from jfjoch.kernels._intrinsics import store_32_ones, store_word
from jfjoch.kernels._jit import kernel_part
from jfjoch.kernels.bitmap import bitmap_bytes, clear_64_from, clear_below, set_bit

LARGEST_BLOCK = 8192
_BITMAP_BYTES = bitmap_bytes(LARGEST_BLOCK)
BITMAPS_BYTES = 4 * _BITMAP_BYTES

_LAST_LITERALS = 5
"""The format ends every block with as many literals ..."""
_LAST_START = 12
"""... and lets no match start nearer to the end. One bit less, as a match may leave out a zero."""
_STARTS_AT_A_TIME = 64 * WORDS_AT_A_TIME
_ALL = -1
_QUICK_BYTES = 8 * 32
"""Planes of full blocks are a multiple of this: 32 bytes of a bitmap."""


class Bitmaps(NamedTuple):
    """Addresses. ``equal``, ``zero`` and ``plane`` are clear where the format wants literals."""

    equal: int
    """The byte equals the one before."""
    zero: int
    plane: int
    """The byte equals the one of the same pixels in the plane before."""
    start: int
    """A match may start here: 4 bytes of a run or 8 of a plane; also set at the block's end."""


@kernel_part
def mark_bitmaps(
    block: int, size: int, plane_bytes: int, used_planes: int, bitmaps: int
) -> Bitmaps:
    """Fill the bitmaps of a block, in ``BITMAPS_BYTES`` of scratch; all but sizes are addresses.

    ``used_planes``: one bit per plane, clear only where it is all 0; saves work, no bytes.
    ``plane_bytes`` bytes before the block and 63 behind it are read and don't matter.
    """
    maps = Bitmaps(
        bitmaps,
        bitmaps + _BITMAP_BYTES,
        bitmaps + 2 * _BITMAP_BYTES,
        bitmaps + 3 * _BITMAP_BYTES,
    )
    if plane_bytes % _QUICK_BYTES == 0:
        _mark_planes(maps, block, size // plane_bytes, plane_bytes, used_planes)
    else:
        _mark(maps, block, 0, size, plane_bytes)
    clear_below(maps.equal, 1)
    clear_below(maps.plane, plane_bytes)
    clear_64_from(maps.equal, size - _LAST_LITERALS)
    clear_64_from(maps.zero, size - _LAST_LITERALS)
    clear_64_from(maps.plane, size - _LAST_LITERALS)
    _mark_starts(maps, size, plane_bytes, used_planes)
    clear_64_from(maps.start, size - _LAST_START)
    set_bit(maps.start, size)
    return maps


@kernel_part
def _mark_starts(maps: Bitmaps, size: int, plane_bytes: int, used_planes: int) -> None:
    """Mark 512 bytes at a time; in zeros that go on behind them, matches start everywhere."""
    to_search, planes_at_a_time = _ALL, 0
    if plane_bytes == _STARTS_AT_A_TIME:
        to_search, planes_at_a_time = used_planes | used_planes >> 1, 1
    elif 2 * plane_bytes == _STARTS_AT_A_TIME:
        to_search, planes_at_a_time = used_planes | used_planes >> 1 | used_planes >> 2, 2
    for begin in range(0, size, _STARTS_AT_A_TIME):
        word = begin // 8
        starts = maps.start + word
        if to_search & 1:
            store_lz4_starts(maps.equal + word, maps.zero + word, maps.plane + word, starts)
        else:
            store_32_ones(starts)
            store_32_ones(starts + 32)
        to_search >>= planes_at_a_time


@kernel_part
def _mark_planes(
    maps: Bitmaps, block: int, planes: int, plane_bytes: int, used_planes: int
) -> None:
    """Mark plane by plane: zeros behind zeros, most of all planes of counts, need no look."""
    _mark(maps, block, 0, plane_bytes, plane_bytes)
    for plane in range(1, planes):
        begin = plane * plane_bytes
        if (used_planes >> (plane - 1)) & 3:
            _mark(maps, block, begin, begin + plane_bytes, plane_bytes)
        else:
            for word in range(begin // 8, (begin + plane_bytes) // 8, 32):
                store_32_ones(maps.equal + word)
                store_32_ones(maps.zero + word)
                store_32_ones(maps.plane + word)


@kernel_part
def _mark(maps: Bitmaps, block: int, begin: int, end: int, plane_bytes: int) -> None:
    """Compare bytes ``begin`` to ``end`` of the block; ``begin`` is a multiple of 64."""
    for position in range(begin, end, 64):
        place, word = block + position, position // 8
        store_word(maps.equal + word, equal_bytes(place, place - 1))
        store_word(maps.zero + word, zero_bytes(place))
        store_word(maps.plane + word, equal_bytes(place, place - plane_bytes))
