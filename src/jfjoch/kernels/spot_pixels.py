"""Strong pixels: those above the photon threshold that stand out of the pixels around them.

Around a pixel means a window of 31 x 31 within its module, without the pixel itself and without
pixels that are not valid: masked, error, saturated. Everything here works on some rows of one
module, whose marked pixels are bits in ``marks``, with as many words per row as the bitmap of its
valid pixels.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._intrinsics import load_word, trailing_zeros
from jfjoch.kernels._jit import kernel_part
from jfjoch.kernels._spot_lanes import (
    MOST_COUNTS,
    load_8,
    load_16,
    load_32,
    pixels_from_8,
    pixels_from_16,
    pixels_from_32,
    set_bits,
)
from jfjoch.kernels._spot_window import WINDOW_LANES, window_8, window_16, window_32

REACH = 15
"""Pixels the window reaches to each side."""
GROUP_PIXELS = 64
LEAST_COLUMNS = GROUP_PIXELS
"""Of a module: groups are read whole, and nothing beside its rows."""
_WINDOW = (1 << (2 * REACH + 1)) - 1
_LANES = (1 << WINDOW_LANES) - 1
_ONE = np.uint64(1)


class SpotImage(NamedTuple):
    """An image in memory, of any type of 8, 16 or 32 bits."""

    address: int
    """Of its first pixel."""
    pixel_bytes: int
    pitch: int
    """Pixels from one row to the next."""
    flip: int
    """Of an unsigned type the highest bit, else 0: turned over, pixels are of the signed type."""
    error: int
    """With that bit turned over; an end of the signed type, as ``saturated``, the upper one."""
    saturated: int


class ModuleBox(NamedTuple):
    """One module in the image."""

    first: int
    """Its top left pixel in the flat image."""
    rows: int
    columns: int
    bits: int
    """Address of the words of its valid pixels."""
    marks: int
    """Its first word in the marks."""
    words: int
    """Per row: one more than the columns need."""


class Thresholds(NamedTuple):
    """What makes a pixel strong."""

    least: int
    """Lowest strong count, 0: any."""
    snr_square: float
    """Square of the signal-to-noise ratio to exceed, 0: not tested."""


class Window(NamedTuple):
    """Sums over the valid pixels of a window."""

    total: int
    squares: int
    pixels: int


@kernel_part
def count_at(image: SpotImage, pixel: int) -> int:
    """Return the counts of a pixel."""
    value: int
    address = image.address + pixel * image.pixel_bytes
    if image.pixel_bytes == 2:
        value = load_16(address)
    elif image.pixel_bytes == 1:
        value = load_8(address)
    else:
        value = load_32(address)
    return value + 2 * image.flip if value < 0 else value


@kernel_part
def is_usable(image: SpotImage, count: int) -> bool:
    """Whether those counts are neither the error value nor the saturated one."""
    pixel = count - image.flip
    return (pixel != image.error) & (pixel != image.saturated)


@kernel_part
def lowest_signed(image: SpotImage, least: int) -> int:
    """Return the lowest pixel, flipped, with that many counts; above the lowest of the type.

    So an error, where it is the lowest, is not among them. Nothing is where no pixel has so many.
    """
    bottom = -image.saturated if image.flip == 0 else -image.saturated - 1
    if least == 0:
        return bottom
    return min(max(least - image.flip, bottom), image.saturated)


@kernel_part
def mark_candidates(
    image: SpotImage, box: ModuleBox, begin: int, end: int, least: int, marks: NDArray[np.uint64]
) -> int:
    """Mark the valid pixels of rows [begin, end) with ``least`` counts or more; count them."""
    lowest, number = lowest_signed(image, least), 0
    for row in range(begin, end):
        start = image.address + (box.first + row * image.pitch) * image.pixel_bytes
        place = row * box.words
        for group in range((box.columns + GROUP_PIXELS - 1) // GROUP_PIXELS):
            column = min(group * GROUP_PIXELS, box.columns - GROUP_PIXELS)
            word = _pixels_from(image, start + column * image.pixel_bytes, lowest)
            if word != 0:
                word = word >> np.uint64(group * GROUP_PIXELS - column)
                word &= load_word(box.bits + (place + group) * 8)
                number += set_bits(word)
            marks[np.uint64(box.marks + place + group)] = word
    return number


@kernel_part
def keep_strong(
    image: SpotImage,
    box: ModuleBox,
    begin: int,
    end: int,
    snr_square: float,
    marks: NDArray[np.uint64],
) -> int:
    """Leave marks only where a pixel stands out of its own window; count them."""
    number = 0
    for row in range(begin, end):
        if not any_mark(box, row, marks):
            continue
        for group in range(box.words - 1):
            place = np.uint64(box.marks + row * box.words + group)
            word = marks[place]
            left = word
            while left != 0:
                bit = trailing_zeros(left)
                left &= left - _ONE
                column = group * GROUP_PIXELS + bit
                window = window_around(image, box, row, column)
                count = count_at(image, box.first + row * image.pitch + column)
                if not stands_out(count, window, snr_square):
                    word ^= _ONE << np.uint64(bit)
            marks[place] = word
            number += set_bits(word)
    return number


@kernel_part
def any_mark(box: ModuleBox, row: int, marks: NDArray[np.uint64]) -> bool:
    """Whether a row has a mark; most rows have none."""
    together = np.uint64(0)
    for group in range(box.words - 1):
        together |= marks[np.uint64(box.marks + row * box.words + group)]
    found: bool = together != 0
    return found


@kernel_part
def stands_out(count: int, window: Window, snr_square: float) -> bool:
    """Whether a valid pixel within the window is above the mean of the others by enough.

    (v - mean)^2 > snr^2 * variance, multiplied by n^2 (n - 1) so that nothing is divided: sums of
    counts as they occur are exact. Fewer than two others have no variance.
    """
    value = min(max(count, -MOST_COUNTS), MOST_COUNTS)
    others = window.pixels - 1
    total, squares = window.total - value, window.squares - value * value
    above = value * others - total
    n, mean_n, excess = float(others), float(total), float(above)
    spread = n * float(squares) - mean_n * mean_n
    far = excess * excess * (n - 1.0) > snr_square * (n * spread)
    return (others > 1) & (above > 0) & far


@kernel_part
def window_around(image: SpotImage, box: ModuleBox, row: int, column: int) -> Window:
    """Return the sums over the valid pixels around one, itself included."""
    top, bottom = max(row - REACH, 0), min(row + REACH + 1, box.rows)
    left = min(max(column - REACH, 0), box.columns - WINDOW_LANES)
    shift = column - REACH - left
    lanes = (_WINDOW << shift) & _LANES if shift >= 0 else _WINDOW >> -shift
    pitch = image.pitch * image.pixel_bytes
    address = image.address + (box.first + top * image.pitch + left) * image.pixel_bytes
    bits = box.bits + top * box.words * 8 + (left >> 3)
    rest = box.words * 8, left & 7, image.error, image.saturated, image.flip
    if image.pixel_bytes == 2:
        return Window(*window_16(address, pitch, bottom - top, lanes, bits, *rest))
    if image.pixel_bytes == 1:
        return Window(*window_8(address, pitch, bottom - top, lanes, bits, *rest))
    return Window(*window_32(address, pitch, bottom - top, lanes, bits, *rest))


@kernel_part
def _pixels_from(image: SpotImage, address: int, lowest: int) -> np.uint64:
    word: np.uint64
    if image.pixel_bytes == 2:
        word = pixels_from_16(address, lowest, image.saturated, image.flip)
    elif image.pixel_bytes == 1:
        word = pixels_from_8(address, lowest, image.saturated, image.flip)
    else:
        word = pixels_from_32(address, lowest, image.saturated, image.flip)
    return word
