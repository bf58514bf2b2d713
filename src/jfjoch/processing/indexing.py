"""Indexing of an image: which lattice of the known cell explains its spots."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jfjoch.geometry.diffraction import scattering_vectors
from jfjoch.geometry.module_shape import PIXEL_SIZE_M
from jfjoch.geometry.unit_cell import KnownLattice, cell_of, known_lattice
from jfjoch.kernels.indexing import search_lattice
from jfjoch.kernels.indexing_refinement import refine_lattice
from jfjoch.kernels.indexing_score import Spots
from jfjoch.kernels.indexing_tables import new_search_scratch, new_search_tables, new_spots
from jfjoch.messages.analysis import IndexingResult, SpotList
from jfjoch.messages.start import BeamGeometry, UnitCell
from jfjoch.model.spot_finding import MOST_SPOTS_PER_IMAGE
from jfjoch.processing.indexing_effort import search_effort

FEWEST_SPOTS = 9
"""An image is not indexed with fewer explained spots than this,"""
SMALLEST_PART = 0.2
"""nor with a smaller part of all its spots."""
WIDEST_TOLERANCE = 0.2
"""Spots farther from whole indices do not count for that, whatever the tolerance is."""
LENGTH_TOLERANCE = 0.05
"""The refined lengths differ by no more from the known ones, relative,"""
ANGLE_TOLERANCE_DEG = 3.0
"""and the refined angles."""
_STRONGEST_SPOTS = 80
"""The search uses the most intense spots,"""
_NEAREST_SPOTS = 60
"""and of these the ones at lowest resolution, where a vector may be off by a larger angle."""
_RESOLUTION_QUANTILE = 0.8
_WHOLE = 1e-3
"""Sums of fractions of centring are whole up to rounding."""
_FINAL_LIMITS = np.array([0.1, 0.075, 0.05, 0.0375, 0.0375])
"""Of the refinement against all spots; narrow, since a single false spot at high resolution turns
the lattice of an image of few spots by half a degree."""


@dataclass(frozen=True, slots=True, eq=False)
class IndexedSpots:
    """What indexing says about one image."""

    spots: SpotList
    """With ``indexed`` filled in."""
    result: IndexingResult


class Indexing:
    """Indexes the images of one worker; all memory is reserved at the start."""

    def __init__(self, cell: UnitCell, space_group_number: int, geometry: BeamGeometry) -> None:
        """Raise InvalidInput for a cell that is none."""
        self._lattice = known_lattice(cell, space_group_number)
        self._cell = cell
        self._geometry = geometry
        self._tables = new_search_tables(self._lattice.reduced)
        self._scratch = new_search_scratch(MOST_SPOTS_PER_IMAGE)
        self._spots = new_spots(MOST_SPOTS_PER_IMAGE)
        self._found = np.zeros((3, 3))

    def apply(self, spots: SpotList, indexing_tolerance: float) -> IndexedSpots:
        """Index an image with at most MOST_SPOTS_PER_IMAGE spots, in any order.

        A spot is indexed if the distance of its indices hkl from whole numbers that the centring
        allows is at most the tolerance, in the lattice as it is reported.
        """
        vectors = self._vectors(spots)
        axes = self._search(vectors, spots.intensity)
        if axes is None:
            return _not_indexed(spots)
        off = _distance_from_lattice(vectors, axes, self._lattice)
        explained = np.count_nonzero(off <= min(indexing_tolerance, WIDEST_TOLERANCE))
        cell = cell_of(axes)
        if explained < max(FEWEST_SPOTS, SMALLEST_PART * len(spots)) or not _agree(
            cell, self._cell
        ):
            return _not_indexed(spots)
        a, b, c = axes.tolist()
        result = IndexingResult(indexed=True, lattice=(*a, *b, *c), unit_cell=cell)
        return IndexedSpots(replace(spots, indexed=off <= indexing_tolerance), result)

    def _vectors(self, spots: SpotList) -> NDArray[np.float64]:
        """Return the scattering vectors, [n, 3], 1/Angstrom."""
        geometry = self._geometry
        x_m = (spots.x_pxl.astype(np.float64) - geometry.beam_center_x_pxl) * PIXEL_SIZE_M
        y_m = (spots.y_pxl.astype(np.float64) - geometry.beam_center_y_pxl) * PIXEL_SIZE_M
        return scattering_vectors(
            x_m, y_m, geometry.detector_distance_m, geometry.incident_wavelength_angstrom
        )

    def _search(
        self, vectors: NDArray[np.float64], intensity: NDArray[np.float32]
    ) -> NDArray[np.float64] | None:
        """Return the best lattice, conventional axes, rows in Angstrom."""
        if len(vectors) < FEWEST_SPOTS:
            return None
        length = np.linalg.norm(vectors, axis=1)
        strongest = np.argsort(-intensity, kind="stable")[:_STRONGEST_SPOTS]
        used = strongest[np.argsort(length[strongest], kind="stable")[:_NEAREST_SPOTS]]
        resolution = float(length[used[int(_RESOLUTION_QUANTILE * len(used))]])
        effort = search_effort(self._tables.cell.length, resolution)
        count = _fill(self._spots, vectors[used])
        if not search_lattice(self._spots, count, self._tables, effort, self._scratch, self._found):
            return None
        count = _fill(self._spots, vectors)
        scratch = self._scratch.refinement
        if not refine_lattice(
            self._spots, count, self._tables.cell, _FINAL_LIMITS, self._found, scratch
        ):
            return None
        return self._lattice.to_conventional @ self._found


def _fill(spots: Spots, vectors: NDArray[np.float64]) -> int:
    """Write vectors to where the kernels take them from; return their number."""
    count = len(vectors)
    for place, coordinate in zip((spots.x, spots.y, spots.z), vectors.T, strict=True):
        place[:count] = coordinate
    return count


def _distance_from_lattice(
    vectors: NDArray[np.float64], axes: NDArray[np.float64], lattice: KnownLattice
) -> NDArray[np.float64]:
    """Return how far hkl are from whole numbers, [n]; infinity where centring forbids these.

    Whole indices are those of a point of the lattice if they are whole in its primitive axes too.
    """
    hkl = vectors @ axes.T
    whole = np.rint(hkl)
    primitive = whole @ np.linalg.inv(lattice.to_conventional).T
    allowed = np.abs(primitive - np.rint(primitive)).max(axis=1) < _WHOLE
    distance: NDArray[np.float64] = np.linalg.norm(hkl - whole, axis=1)
    return np.where(allowed, distance, np.inf)


def _agree(refined: UnitCell, known: UnitCell) -> bool:
    lengths = zip((refined.a, refined.b, refined.c), (known.a, known.b, known.c), strict=True)
    angles = zip(
        (refined.alpha, refined.beta, refined.gamma),
        (known.alpha, known.beta, known.gamma),
        strict=True,
    )
    return all(abs(r / k - 1) <= LENGTH_TOLERANCE for r, k in lengths) and all(
        abs(r - k) <= ANGLE_TOLERANCE_DEG for r, k in angles
    )


def _not_indexed(spots: SpotList) -> IndexedSpots:
    unexplained = replace(spots, indexed=np.zeros(len(spots), np.bool_))
    return IndexedSpots(unexplained, IndexingResult(indexed=False))
