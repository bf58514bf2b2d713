"""Spot finding pixel by pixel, with whole numbers of any size."""

from dataclasses import dataclass
from fractions import Fraction
from math import atan, hypot, inf, pi, sin

import numpy as np
from numpy.typing import NDArray

from jfjoch.messages.start import BeamGeometry
from jfjoch.model.spot_finding import SpotFindingSettings

REACH = 15
MOST_COUNTS = 2**26
PIXEL_M = 75e-6
Box = tuple[slice, slice]


@dataclass(frozen=True)
class Spot:
    """One spot, in coordinates of the image."""

    x: float
    y: float
    intensity: int
    max_count: int
    d_angstrom: float


def find_spots(
    image: NDArray[np.integer],
    valid: NDArray[np.bool_],
    boxes: list[Box],
    settings: SpotFindingSettings,
    geometry: BeamGeometry,
) -> tuple[list[Spot], int]:
    """Return all spots, most intense first, and the number of strong pixels."""
    spots: list[Spot] = []
    strong_pixels = 0
    for rows, columns in sorted(boxes, key=lambda box: (box[0].start, box[1].start)):
        counts, good = image[rows, columns].astype(np.int64), valid[rows, columns]
        strong = strong_map(counts, good, settings)
        strong_pixels += int(strong.sum())
        for component in components(strong):
            if settings.min_pix_per_spot <= len(component) <= settings.max_pix_per_spot:
                offset = columns.start, rows.start
                spots.append(measured(component, counts, good, offset, geometry))
    high, low = settings.high_resolution_limit, settings.low_resolution_limit
    spots = [spot for spot in spots if high <= spot.d_angstrom <= low]
    if settings.filter_powder_rings:
        spots = without_rings(spots, settings.min_spot_count_powder_ring)
    return sorted(spots, key=lambda spot: -spot.intensity), strong_pixels


def strong_map(
    counts: NDArray[np.int64], valid: NDArray[np.bool_], settings: SpotFindingSettings
) -> NDArray[np.bool_]:
    """Tell for every pixel of a module whether it is strong."""
    strong = np.zeros(counts.shape, np.bool_)
    for row, column in np.argwhere(valid):
        if settings.photon_count_threshold > 0:
            strong[row, column] = counts[row, column] >= settings.photon_count_threshold
        else:
            strong[row, column] = True
        if strong[row, column] and settings.signal_to_noise_threshold > 0:
            strong[row, column] = stands_out(
                counts, valid, (row, column), settings.signal_to_noise_threshold
            )
    return strong


def others(
    counts: NDArray[np.int64], valid: NDArray[np.bool_], place: tuple[int, int]
) -> NDArray[np.int64]:
    """Return the valid counts around a pixel, without it."""
    (row, column) = place
    rows = slice(max(row - REACH, 0), row + REACH + 1)
    columns = slice(max(column - REACH, 0), column + REACH + 1)
    chosen = valid[rows, columns].copy()
    chosen[row - rows.start, column - columns.start] = False
    return np.clip(counts[rows, columns][chosen], -MOST_COUNTS, MOST_COUNTS)


def stands_out(
    counts: NDArray[np.int64], valid: NDArray[np.bool_], place: tuple[int, int], snr: float
) -> bool:
    """(v - mean)^2 > snr^2 variance, and v > mean."""
    around = others(counts, valid, place)
    n = len(around)
    if n < 2:
        return False
    mean = Fraction(int(around.sum()), n)
    variance = (int((around**2).sum()) - n * mean**2) / (n - 1)
    above = min(int(counts[place]), MOST_COUNTS) - mean
    return above > 0 and above**2 > Fraction(snr) ** 2 * variance


def components(strong: NDArray[np.bool_]) -> list[list[tuple[int, int]]]:
    """Return the pixels of each 8-connected component, in the order of first pixels."""
    left = {(int(row), int(column)) for row, column in np.argwhere(strong)}
    found = []
    for place in sorted(left):
        if place in left:
            left.remove(place)
            component, edge = [], [place]
            while edge:
                row, column = edge.pop()
                component.append((row, column))
                near = {(row + j, column + i) for j in (-1, 0, 1) for i in (-1, 0, 1)} & left
                left -= near
                edge.extend(near)
            found.append(sorted(component))
    return found


def measured(
    component: list[tuple[int, int]],
    counts: NDArray[np.int64],
    valid: NDArray[np.bool_],
    offset: tuple[int, int],
    geometry: BeamGeometry,
) -> Spot:
    """Place, counts and resolution of a component."""
    intensity = sum(int(counts[place]) for place in component)
    peak = max(component, key=lambda place: (counts[place], -place[0], -place[1]))
    around = others(counts, valid, peak)
    mean = around.mean() if len(around) else 0.0
    touching = {(r + j, c + i) for r, c in component for j in (-1, 0, 1) for i in (-1, 0, 1)}
    height, width = counts.shape
    weights = {
        place: max(counts[place] - mean, 0)
        for place in touching
        if 0 <= place[0] < height and 0 <= place[1] < width and valid[place]
    }
    total = sum(weights.values())
    y, x = peak
    if total > 0:
        y, x = (sum(w * place[k] for place, w in weights.items()) / total for k in (0, 1))
    x, y = x + offset[0], y + offset[1]
    return Spot(x, y, intensity, int(counts[peak]), resolution(x, y, geometry))


def resolution(x: float, y: float, geometry: BeamGeometry) -> float:
    """Return d in Angstrom."""
    r_pxl = hypot(x - geometry.beam_center_x_pxl, y - geometry.beam_center_y_pxl)
    theta = atan(r_pxl * PIXEL_M / geometry.detector_distance_m) / 2
    assert 0 <= theta < pi / 4
    return geometry.incident_wavelength_angstrom / (2 * sin(theta)) if theta > 0 else inf


def without_rings(spots: list[Spot], ring_spots: int) -> list[Spot]:
    """Leave out shells of 0.01 1/A that hold too many spots."""
    shells = [int(1 / spot.d_angstrom / 0.01) for spot in spots]
    return [
        spot for spot, shell in zip(spots, shells, strict=True) if shells.count(shell) < ring_spots
    ]
