"""Sums of pixels by bin: azimuthal integration.

Every pixel is added to its bin without a question. Pixels that never count belong to one bin more,
which is not looked at; those that do not count in this image are found 64 at a time and taken back.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._intrinsics import load_byte, load_word, trailing_zeros
from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels._pixel_lanes import GROUP_PIXELS, special_pixels
from jfjoch.kernels.aligned import aligned_copy, aligned_empty
from jfjoch.kernels.counts import IMAGE_DTYPES, Image, SpecialValues

PARTIAL_SUMS = 4
"""Neighbouring pixels often are in the same bin; adding to one place has to wait for the last."""
_PADDING_BYTES = 16
"""Read beyond the last pixel, and not used."""


class AzimuthalTable(NamedTuple):
    """What never changes during a run, for each pixel of the flat image; shared by all workers."""

    bins: NDArray[np.uint16]
    """[pixels]; the number of bins for a pixel that never counts."""
    corrections: NDArray[np.float32]
    """[pixels]"""
    usable: NDArray[np.uint8]
    """[pixels / 8 and some more] a bit for each pixel, lowest first: whether it can count."""


def azimuthal_table(
    bins: NDArray[np.uint16], corrections: NDArray[np.float32], bin_count: int
) -> AzimuthalTable:
    """Bring flat maps to the form of the kernels; ``bins`` are at most ``bin_count``.

    Raises ValueError for larger ones and for different sizes.
    """
    if bins.shape != corrections.shape or bins.max(initial=0) > bin_count:
        raise ValueError(f"expected a bin up to {bin_count} and a correction for each pixel")
    packed = np.packbits(bins < bin_count, bitorder="little")
    padded = np.concatenate([packed, np.zeros(_PADDING_BYTES, np.uint8)])
    return AzimuthalTable(aligned_copy(bins), corrections, padded)


class BinSums(NamedTuple):
    """One worker's sums of one image; the last bin is that of pixels that never count."""

    intensity: NDArray[np.int64]
    """[PARTIAL_SUMS, bins + 1] flat; to be added up."""
    lost_pixels: NDArray[np.int64]
    """[bins + 1] pixels that could count, but do not in this image."""
    lost_corrections: NDArray[np.float64]
    """[bins + 1] sum of their corrections."""


def new_bin_sums(bin_count: int) -> BinSums:
    """Reserve the memory, all zero."""
    intensity = aligned_empty(PARTIAL_SUMS * (bin_count + 1), np.int64)
    intensity[:] = 0
    return BinSums(intensity, np.zeros(bin_count + 1, np.int64), np.zeros(bin_count + 1))


@kernel
def add_pixels(
    image: Image,
    first: int,
    begin: int,
    end: int,
    table: AzimuthalTable,
    special: SpecialValues,
    sums: BinSums,
) -> None:
    """Add pixels [begin, end) of an image; the first of them is at ``first`` of flat ``image``."""
    shift = first - begin
    grouped = begin + (end - begin) // GROUP_PIXELS * GROUP_PIXELS
    address = image.ctypes.data + image.itemsize * shift
    bins, usable = table.bins.ctypes.data, table.usable.ctypes.data
    for pixel in range(begin, grouped, GROUP_PIXELS):
        candidates = usable_pixels(usable, pixel)
        if candidates != 0:
            place = address + image.itemsize * pixel
            lost = candidates & special_pixels(image, place, special.error, special.saturated)
            _add_group(image, pixel + shift, bins + 2 * pixel, sums)
            if lost != 0:
                _take_back(image, shift, pixel, lost, table, sums)
    for pixel in range(grouped, end):
        number, value = table.bins[pixel], np.int64(image[pixel + shift])
        if value in (special.error, special.saturated):
            sums.lost_pixels[number] += 1
            sums.lost_corrections[number] += table.corrections[pixel]
        else:
            sums.intensity[number] += value


@kernel_part
def usable_pixels(usable: int, pixel: int) -> np.uint64:
    """Return the bits of 64 pixels from ``pixel`` on, wherever in a byte they begin."""
    place, within = usable + (pixel >> 3), np.uint64(pixel & 7)
    above = np.uint64(load_byte(place + 8)) << np.uint64(1)
    return np.uint64((load_word(place) >> within) | (above << (np.uint64(63) - within)))


@kernel_part
def _add_group(image: Image, place: int, bins: int, sums: BinSums) -> None:
    intensity, size = sums.intensity, np.uint64(sums.lost_pixels.size)
    low = np.uint64(0xFFFF)
    for k in range(0, GROUP_PIXELS, PARTIAL_SUMS):
        # Four numbers of bins in a word: the processor is busy enough with loads.
        four = load_word(bins + 2 * k)
        i = np.uint64(place + k)
        intensity[four & low] += np.int64(image[i])
        second = ((four >> np.uint64(16)) & low) + size
        intensity[second] += np.int64(image[i + np.uint64(1)])
        third = ((four >> np.uint64(32)) & low) + size + size
        intensity[third] += np.int64(image[i + np.uint64(2)])
        fourth = (four >> np.uint64(48)) + size + size + size
        intensity[fourth] += np.int64(image[i + np.uint64(3)])


@kernel_part
def _take_back(
    image: Image,
    shift: int,
    group: int,
    lost: np.uint64,
    table: AzimuthalTable,
    sums: BinSums,
) -> None:
    while lost != 0:
        pixel = group + trailing_zeros(lost)
        number = table.bins[pixel]
        sums.intensity[number] -= np.int64(image[pixel + shift])
        sums.lost_pixels[number] += 1
        sums.lost_corrections[number] += table.corrections[pixel]
        lost &= lost - np.uint64(1)


def warm_up() -> None:
    """Compile for all image types."""
    table = azimuthal_table(np.empty(0, np.uint16), np.empty(0, np.float32), 1)
    sums = new_bin_sums(1)
    for dtype in IMAGE_DTYPES:
        add_pixels(np.empty(0, dtype), 0, 0, 0, table, SpecialValues(0, 0), sums)
