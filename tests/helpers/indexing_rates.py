"""How many simulated stills are indexed, how well, and how long it takes."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from jfjoch.geometry.unit_cell import known_lattice
from jfjoch.messages.analysis import SpotList
from jfjoch.messages.start import BeamGeometry, UnitCell
from jfjoch.processing.indexing import Indexing
from tests.helpers.stills import (
    BEAM_PXL,
    DISTANCE_M,
    WAVELENGTH_ANGSTROM,
    SimulatedCrystal,
    SimulatedStill,
)

CRYSTALS = {
    "cubic": SimulatedCrystal(UnitCell(150, 150, 150, 90, 90, 90), 195),
    "tetragonal": SimulatedCrystal(UnitCell(79.1, 79.1, 37.9, 90, 90, 90), 96),
    "hexagonal": SimulatedCrystal(UnitCell(93, 93, 130, 90, 90, 120), 178),
    "monoclinic C": SimulatedCrystal(UnitCell(100, 60, 80, 90, 105, 90), 5),
    "triclinic": SimulatedCrystal(UnitCell(32, 45, 60, 80, 95, 105), 1),
}
TOLERANCE = 0.1


@dataclass(frozen=True)
class Rates:
    """Of some images."""

    indexed: float
    """Part of the images."""
    oriented: float
    """Part of the images with the right orientation within 0.3 degrees."""
    median_s: float
    """Time per image."""
    slowest_s: float


def indexing_of(
    crystal: SimulatedCrystal, cell_factor: float = 1, distance_factor: float = 1
) -> Indexing:
    """Return the indexing of a crystal, told a cell or distance wrong by a factor."""
    cell = crystal.cell
    told = replace(cell, a=cell.a * cell_factor, b=cell.b * cell_factor, c=cell.c * cell_factor)
    return Indexing(told, crystal.space_group_number, simulated_geometry(distance_factor))


def simulated_geometry(distance_factor: float = 1) -> BeamGeometry:
    """Return the geometry of simulated stills."""
    return BeamGeometry(*BEAM_PXL, DISTANCE_M * distance_factor, 12398.42, WAVELENGTH_ANGSTROM)


def spot_list(still: SimulatedStill) -> SpotList:
    """Return the spots as the spot finder tells them."""
    size = len(still.x_pxl)
    counts, indexed = np.ones(size, np.int64), np.zeros(size, np.bool_)
    return SpotList(still.x_pxl, still.y_pxl, still.intensity, counts, indexed)


def measure_rates(
    indexing: Indexing, crystal: SimulatedCrystal, stills: Iterable[SimulatedStill]
) -> Rates:
    """Index stills and compare with what is known about them."""
    indexed, errors, times = [], [], []
    for still in stills:
        spots = spot_list(still)
        begin = time.perf_counter()
        result = indexing.apply(spots, TOLERANCE).result
        times.append(time.perf_counter() - begin)
        indexed.append(result.indexed)
        if result.lattice is not None:
            axes = np.array(result.lattice).reshape(3, 3)
            errors.append(orientation_error_deg(axes, still.lattice, crystal))
    return Rates(
        float(np.mean(indexed)),
        np.count_nonzero(np.array(errors) < 0.3) / len(indexed),
        float(np.median(times)),
        max(times),
    )


def orientation_error_deg(
    found: NDArray[np.float64], true: NDArray[np.float64], crystal: SimulatedCrystal
) -> float:
    """Return the angle between two lattices, rows a, b, c, up to symmetry of the lattice."""
    turns = [
        nearest_rotation(np.linalg.inv(symmetry @ true) @ found)
        for symmetry in lattice_symmetries(crystal)
    ]
    cosines = [(np.trace(turn) - 1) / 2 for turn in turns]
    return float(np.degrees(np.arccos(np.clip(max(cosines), -1, 1))))


@cache
def lattice_symmetries(crystal: SimulatedCrystal) -> list[NDArray[np.float64]]:
    """Return the changes of the conventional axes that are rotations of the lattice."""
    lattice = known_lattice(crystal.cell, crystal.space_group_number)
    metric = lattice.reduced @ lattice.reduced.T
    matrices = np.array(list(product((-1.0, 0.0, 1.0), repeat=9))).reshape(-1, 3, 3)
    moved = matrices @ metric @ matrices.transpose(0, 2, 1)
    same = np.abs(moved - metric).max(axis=(1, 2)) < 1e-6 * metric.max()
    rotations = matrices[same & (np.linalg.det(matrices) > 0)]
    change = lattice.to_conventional
    return [change @ rotation @ np.linalg.inv(change) for rotation in rotations]


def nearest_rotation(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the orthogonal factor of the polar decomposition."""
    left, _, right = np.linalg.svd(matrix)
    return np.asarray(left @ right)
