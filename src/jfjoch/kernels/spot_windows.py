"""Strong pixels where nearly every pixel is a candidate: windows that slide.

From row to row the sums over each column of the window lose a row and gain one; along a row the
sums over the window lose a column and gain one. So a pixel costs the same whatever is in it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel_part
from jfjoch.kernels._spot_lanes import (
    bits_from,
    nonzero_bytes,
    set_bits,
    unpack_8,
    unpack_16,
    unpack_32,
)
from jfjoch.kernels.spot_pixels import (
    GROUP_PIXELS,
    REACH,
    ModuleBox,
    SpotImage,
    Window,
    stands_out,
)

_PACKED_BITS = 10
_PACKED = 1 << _PACKED_BITS
_SIDE = REACH + 1
"""Columns of zeros beside the sums, so that windows may reach out of the module."""


class SlidingSums(NamedTuple):
    """Memory for the widest module."""

    counts: NDArray[np.int32]
    """[columns] of a row; 0 where a pixel is not valid."""
    valid: NDArray[np.int32]
    """[columns], 1 or 0."""
    columns: NDArray[np.int64]
    """[columns + 32], over the window's rows: counts x 1024 + valid pixels."""
    column_squares: NDArray[np.int64]
    """[columns + 32], squares of counts."""
    windows: NDArray[np.int64]
    """[columns], the same as ``columns`` over whole windows, which have less than 1024 pixels."""
    window_squares: NDArray[np.int64]
    """[columns]."""
    strong: NDArray[np.uint8]
    """[columns + 64], not 0 where a pixel stands out."""


def new_sliding_sums(columns: int) -> SlidingSums:
    """Reserve the memory."""
    return SlidingSums(
        np.zeros(columns, np.int32),
        np.zeros(columns, np.int32),
        np.zeros(columns + 2 * _SIDE, np.int64),
        np.zeros(columns + 2 * _SIDE, np.int64),
        np.zeros(columns, np.int64),
        np.zeros(columns, np.int64),
        np.zeros(columns + GROUP_PIXELS, np.uint8),
    )


@kernel_part
def keep_strong_sliding(
    image: SpotImage,
    box: ModuleBox,
    begin: int,
    end: int,
    snr_square: float,
    sums: SlidingSums,
    marks: NDArray[np.uint64],
) -> int:
    """Leave marks of rows [begin, end) only where a pixel stands out; see ``keep_strong``."""
    sums.columns[:] = 0
    sums.column_squares[:] = 0
    number = 0
    for row in range(max(begin - REACH, 0), min(begin + REACH, box.rows)):
        _change(image, box, row, 1, sums)
    for row in range(begin, end):
        if row + REACH < box.rows:
            _change(image, box, row + REACH, 1, sums)
        if row - REACH - 1 >= max(begin - REACH, 0):
            _change(image, box, row - REACH - 1, -1, sums)
        _add_up_windows(box.columns, sums)
        _unpack_row(image, box, row, sums)
        _test_row(box.columns, snr_square, sums)
        for group in range(box.words - 1):
            place = np.uint64(box.marks + row * box.words + group)
            marks[place] &= nonzero_bytes(sums.strong.ctypes.data + group * GROUP_PIXELS)
            number += set_bits(marks[place])
    return number


@kernel_part
def _change(image: SpotImage, box: ModuleBox, row: int, sign: int, sums: SlidingSums) -> None:
    """Add a row to the sums of columns, or take it out."""
    _unpack_row(image, box, row, sums)
    for x in range(box.columns):
        place = np.uint64(x)
        inside = np.uint64(x + _SIDE)
        value = np.int64(sums.counts[place])
        sums.columns[inside] += sign * (value * _PACKED + np.int64(sums.valid[place]))
        sums.column_squares[inside] += sign * value * value


@kernel_part
def _unpack_row(image: SpotImage, box: ModuleBox, row: int, sums: SlidingSums) -> None:
    start = image.address + (box.first + row * image.pitch) * image.pixel_bytes
    bitmap = box.bits + row * box.words * 8
    for group in range(box.words - 1):
        column = min(group * GROUP_PIXELS, box.columns - GROUP_PIXELS)
        bits = bits_from(bitmap, column)
        address = start + column * image.pixel_bytes
        counts, valid = sums.counts.ctypes.data + 4 * column, sums.valid.ctypes.data + 4 * column
        if image.pixel_bytes == 2:
            unpack_16(address, bits, image.error, image.saturated, image.flip, counts, valid)
        elif image.pixel_bytes == 1:
            unpack_8(address, bits, image.error, image.saturated, image.flip, counts, valid)
        else:
            unpack_32(address, bits, image.error, image.saturated, image.flip, counts, valid)


@kernel_part
def _add_up_windows(size: int, sums: SlidingSums) -> None:
    """Add up 2 x 15 + 1 columns around each one."""
    total = squares = np.int64(0)
    for x in range(2 * REACH):
        place = np.uint64(x + 1)
        total += sums.columns[place]
        squares += sums.column_squares[place]
    for x in range(size):
        place, entering, leaving = np.uint64(x), np.uint64(x + 2 * REACH + 1), np.uint64(x + 1)
        total += sums.columns[entering]
        squares += sums.column_squares[entering]
        sums.windows[place] = total
        sums.window_squares[place] = squares
        total -= sums.columns[leaving]
        squares -= sums.column_squares[leaving]


@kernel_part
def _test_row(size: int, snr_square: float, sums: SlidingSums) -> None:
    for x in range(size):
        place = np.uint64(x)
        both = sums.windows[place]
        window = Window(both >> _PACKED_BITS, sums.window_squares[place], both & (_PACKED - 1))
        sums.strong[place] = np.uint8(stands_out(sums.counts[place], window, snr_square))
