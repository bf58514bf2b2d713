"""What is told about a component: place, counts, resolution.

The place is the centre of gravity over the component and the valid pixels that touch it, each
weighted by what it has above the local mean, if anything. The local mean is that of the window
around the component's highest pixel, without that pixel.
"""

from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._intrinsics import load_word
from jfjoch.kernels._jit import kernel_part
from jfjoch.kernels.spot_components import NO_RUN, Runs
from jfjoch.kernels.spot_pixels import (
    ModuleBox,
    SpotImage,
    count_at,
    is_usable,
    window_around,
)

_ONE = np.uint64(1)


class Beam(NamedTuple):
    """Where diffraction comes from, for a flat detector perpendicular to the beam."""

    x_pxl: float
    y_pxl: float
    distance_pxl: float
    wavelength_angstrom: float


class SpotLimits(NamedTuple):
    """Which components are spots; both ends belong to them."""

    least_pixels: int
    most_pixels: int
    least_per_angstrom: float
    """1 / d."""
    most_per_angstrom: float


class SpotTable(NamedTuple):
    """Spots of one image, [most possible]; integer coordinates are centres of pixels."""

    x_pxl: NDArray[np.float32]
    y_pxl: NDArray[np.float32]
    per_angstrom: NDArray[np.float32]
    """1 / d."""
    intensity: NDArray[np.int64]
    max_count: NDArray[np.int64]


class _Peak(NamedTuple):
    row: int
    column: int
    counts: int
    intensity: int
    """Counts of the whole component."""


def new_spot_table(pixels: int) -> SpotTable:
    """Reserve memory for all spots that an image can have; unused, it costs nothing.

    Components do not touch, so each needs four pixels, but at edges.
    """
    most = pixels // 2 + 1
    x_pxl, y_pxl, per_angstrom = (np.empty(most, np.float32) for _ in range(3))
    return SpotTable(x_pxl, y_pxl, per_angstrom, np.empty(most, np.int64), np.empty(most, np.int64))


@kernel_part
def measure_components(
    image: SpotImage,
    box: ModuleBox,
    runs: Runs,
    size: int,
    beam: Beam,
    limits: SpotLimits,
    touched: NDArray[np.uint64],
    table: SpotTable,
    spots: int,
) -> int:
    """Append the spots of one module to the table, which holds ``spots``; return their number.

    ``touched``: bits like the marks, all 0, and again at the end.
    """
    for run in range(size):
        pixels = runs.pixels[run]
        if runs.root[run] == run and limits.least_pixels <= pixels <= limits.most_pixels:
            peak = _peak(image, box, runs, run)
            x_pxl, y_pxl = _centre(image, box, runs, run, peak, touched)
            _clear(box, runs, run, touched)
            per_angstrom = inverse_resolution(x_pxl, y_pxl, beam)
            if limits.least_per_angstrom <= per_angstrom <= limits.most_per_angstrom:
                table.x_pxl[spots], table.y_pxl[spots] = x_pxl, y_pxl
                table.per_angstrom[spots] = per_angstrom
                table.intensity[spots], table.max_count[spots] = peak.intensity, peak.counts
                spots += 1
    return spots


@kernel_part
def inverse_resolution(x_pxl: float, y_pxl: float, beam: Beam) -> float:
    """Return 1 / d of a place in 1 / Angstrom.

    1 / d = 2 sin(theta) / wavelength with tan(2 theta) = r / distance; half-angle formula with
    the difference 1 - cos(2 theta) written so that small angles keep their digits.
    """
    x, y = (x_pxl - beam.x_pxl) / beam.distance_pxl, (y_pxl - beam.y_pxl) / beam.distance_pxl
    tangent_square = x * x + y * y
    secant = sqrt(1.0 + tangent_square)
    return sqrt(2.0 * tangent_square / (secant * (1.0 + secant))) / beam.wavelength_angstrom


@kernel_part
def _peak(image: SpotImage, box: ModuleBox, runs: Runs, root: int) -> _Peak:
    """Find the highest pixel, the first of several in the order of the runs."""
    highest, highest_row, highest_column = -(1 << 62), 0, 0
    intensity, run = 0, root
    while run != NO_RUN:
        row = runs.row[run]
        for column in range(runs.begin[run], runs.end[run]):
            counts = count_at(image, box.first + row * image.pitch + column)
            intensity += counts
            if counts > highest:
                highest, highest_row, highest_column = counts, row, column
        run = runs.next[run]
    return _Peak(highest_row, highest_column, highest, intensity)


@kernel_part
def _centre(
    image: SpotImage,
    box: ModuleBox,
    runs: Runs,
    root: int,
    peak: _Peak,
    touched: NDArray[np.uint64],
) -> tuple[float, float]:
    """Return x and y in the image; the highest pixel where no pixel is above the mean."""
    window = window_around(image, box, peak.row, peak.column)
    others = max(window.pixels - 1, 1)
    mean = float(window.total - peak.counts) / others
    # Seen from the highest pixel, sums are small and their order matters less.
    weights, x_sum, y_sum = 0.0, 0.0, 0.0
    run = root
    while run != NO_RUN:
        for row in range(max(runs.row[run] - 1, 0), min(runs.row[run] + 2, box.rows)):
            left, right = max(runs.begin[run] - 1, 0), min(runs.end[run] + 1, box.columns)
            for column in range(left, right):
                counts = count_at(image, box.first + row * image.pitch + column)
                weight = float(counts) - mean
                if weight > 0 and _is_new(image, box, row, column, counts, touched):
                    weights += weight
                    x_sum += weight * (column - peak.column)
                    y_sum += weight * (row - peak.row)
        run = runs.next[run]
    top, left = divmod(box.first, image.pitch)
    if weights > 0:
        x_sum, y_sum = x_sum / weights, y_sum / weights
    return left + peak.column + x_sum, top + peak.row + y_sum


@kernel_part
def _is_new(
    image: SpotImage,
    box: ModuleBox,
    row: int,
    column: int,
    counts: int,
    touched: NDArray[np.uint64],
) -> bool:
    """Whether a pixel is valid and met for the first time, which is noted."""
    word, bit = row * box.words + (column >> 6), _ONE << np.uint64(column & 63)
    place, valid = np.uint64(box.marks + word), load_word(box.bits + 8 * word)
    if (touched[place] & bit) != 0 or (valid & bit) == 0 or not is_usable(image, counts):
        return False
    touched[place] |= bit
    return True


@kernel_part
def _clear(box: ModuleBox, runs: Runs, root: int, touched: NDArray[np.uint64]) -> None:
    """Forget what was met around a component."""
    run = root
    while run != NO_RUN:
        first, last = max(runs.begin[run] - 1, 0) >> 6, runs.end[run] >> 6
        for row in range(max(runs.row[run] - 1, 0), min(runs.row[run] + 2, box.rows)):
            for word in range(first, last + 1):
                touched[np.uint64(box.marks + row * box.words + word)] = 0
        run = runs.next[run]
