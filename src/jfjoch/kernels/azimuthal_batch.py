"""Azimuthal integration of 16 images at a time.

A pixel is in the same bin in all of them: so 16 values are added to 16 neighbouring sums at once.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._intrinsics import trailing_zeros
from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels._pixel_lanes import BATCH_LANES, GROUP_PIXELS, add_to_bins, special_pixels
from jfjoch.kernels.aligned import aligned_empty
from jfjoch.kernels.azimuthal import AzimuthalTable, usable_pixels
from jfjoch.kernels.counts import Image, SpecialValues

BATCH_IMAGES = BATCH_LANES
_MOST_PENDING = (0, 1 << 23, 1 << 15, 0, 1 << 62)
"""For pixels of so many bytes: this many of the largest values fit into 32 bits. Pixels of 4 bytes
go to 64 bits right away."""


class BatchSums(NamedTuple):
    """One worker's sums of 16 images; bins as in ``BinSums``."""

    pending: NDArray[np.int64]
    """[1] pixels of each image that are in ``narrow``."""
    narrow: NDArray[np.int32]
    """[bins + 1, 16] flat: what has not yet been added to ``intensity``."""
    intensity: NDArray[np.int64]
    """[bins + 1, 16] flat"""
    lost_pixels: NDArray[np.int64]
    """[bins + 1, 16] flat"""
    lost_corrections: NDArray[np.float64]
    """[bins + 1, 16] flat"""


def new_batch_sums(bin_count: int) -> BatchSums:
    """Reserve the memory, all zero."""
    size = (bin_count + 1) * BATCH_IMAGES
    dtypes = np.int32, np.int64, np.int64, np.float64
    sums = BatchSums(np.zeros(1, np.int64), *(aligned_empty(size, dtype) for dtype in dtypes))
    for array in sums:
        array[:] = 0
    return sums


@kernel
def settle(sums: BatchSums) -> None:
    """Bring everything that was added to ``sums.intensity``."""
    for i in range(sums.narrow.size):
        sums.intensity[np.uint64(i)] += sums.narrow[np.uint64(i)]
        sums.narrow[np.uint64(i)] = 0
    sums.pending[0] = 0


@kernel
def add_pixels_of_batch(
    images: Image,
    stride: int,
    first: int,
    begin: int,
    end: int,
    table: AzimuthalTable,
    special: SpecialValues,
    sums: BatchSums,
) -> None:
    """Add pixels [begin, end) of 16 images.

    The first of them is at ``first`` of flat ``images`` for the first image, and ``stride`` pixels
    further on for each other one. ``settle`` after the last of them.
    """
    grouped = begin + (end - begin) // GROUP_PIXELS * GROUP_PIXELS
    pixel = begin
    while pixel < grouped:
        if sums.pending[0] + GROUP_PIXELS > _MOST_PENDING[images.itemsize]:
            settle(sums)
        room = _MOST_PENDING[images.itemsize] - sums.pending[0]
        stop = min(pixel + room // GROUP_PIXELS * GROUP_PIXELS, grouped)
        _add_span(images, stride, first - begin, pixel, stop, table, special, sums)
        sums.pending[0] += stop - pixel
        pixel = stop
    for pixel in range(grouped, end):
        for number in range(BATCH_IMAGES):
            _add_one(images, number * stride + first - begin, pixel, number, table, special, sums)


@kernel_part
def _add_span(
    images: Image,
    stride: int,
    shift: int,
    begin: int,
    end: int,
    table: AzimuthalTable,
    special: SpecialValues,
    sums: BatchSums,
) -> None:
    address, step = images.ctypes.data + images.itemsize * shift, images.itemsize * stride
    bins, usable = table.bins.ctypes.data, table.usable.ctypes.data
    wide = images.itemsize == sums.narrow.itemsize
    for pixel in range(begin, end, GROUP_PIXELS):
        candidates = usable_pixels(usable, pixel)
        if candidates == 0:
            continue
        place = address + images.itemsize * pixel
        for k in range(0, GROUP_PIXELS, BATCH_IMAGES):
            from_place, from_bin = place + images.itemsize * k, bins + 2 * (pixel + k)
            if wide:
                target = sums.intensity.ctypes.data
                add_to_bins(images, from_place, step, from_bin, sums.intensity, target)
            else:
                target = sums.narrow.ctypes.data
                add_to_bins(images, from_place, step, from_bin, sums.narrow, target)
        for number in range(BATCH_IMAGES):
            found = special_pixels(images, place + number * step, special.error, special.saturated)
            lost = candidates & found
            if lost != 0:
                _take_back(images, number * stride + shift, pixel, lost, number, table, sums)


@kernel_part
def _take_back(
    images: Image,
    shift: int,
    group: int,
    lost: np.uint64,
    number: int,
    table: AzimuthalTable,
    sums: BatchSums,
) -> None:
    while lost != 0:
        pixel = group + trailing_zeros(lost)
        place = np.int64(table.bins[pixel]) * BATCH_IMAGES + number
        sums.intensity[place] -= np.int64(images[pixel + shift])
        sums.lost_pixels[place] += 1
        sums.lost_corrections[place] += table.corrections[pixel]
        lost &= lost - np.uint64(1)


@kernel_part
def _add_one(
    images: Image,
    shift: int,
    pixel: int,
    number: int,
    table: AzimuthalTable,
    special: SpecialValues,
    sums: BatchSums,
) -> None:
    place = np.int64(table.bins[pixel]) * BATCH_IMAGES + number
    value = np.int64(images[pixel + shift])
    if value in (special.error, special.saturated):
        sums.lost_pixels[place] += 1
        sums.lost_corrections[place] += table.corrections[pixel]
    else:
        sums.intensity[place] += value
