"""Unit cells and the lattices they stand for."""

from dataclasses import dataclass
from itertools import product
from math import isfinite

import gemmi
import numpy as np
from numpy.typing import NDArray

from jfjoch.errors import InvalidInput
from jfjoch.messages.start import UnitCell

Axes = NDArray[np.float64]
"""[3, 3], rows are vectors, Angstrom."""

_SMALLEST_VOLUME_A3 = 1.0
_RIGHT_ANGLE_TOLERANCE_DEG = 1.0
_SHORTER = 1 - 1e-9
"""A vector must be shorter by more than rounding to replace another."""


@dataclass(frozen=True, slots=True, eq=False)
class KnownLattice:
    """A cell as it is given, and the shortest vectors that make the same lattice."""

    reduced: Axes
    """In a frame of the crystal, right-handed, shortest first."""
    to_conventional: NDArray[np.float64]
    """[3, 3], whole numbers: conventional axes = to_conventional @ reduced axes."""

    @property
    def conventional(self) -> Axes:
        """The axes of the cell as it is given, in the same frame."""
        return self.to_conventional @ self.reduced


def known_lattice(cell: UnitCell, space_group_number: int) -> KnownLattice:
    """Find the primitive lattice of a cell; 0, or a number that is none, stands for primitive.

    A rhombohedral group is taken as in hexagonal axes if the cell has their angles.
    Raises InvalidInput for lengths and angles that make no cell.
    """
    given = _given(cell)
    if given is None:
        raise InvalidInput(
            "expected a unit_cell of some volume, Angstrom and degrees, got"
            f" {cell.a} {cell.b} {cell.c} {cell.alpha} {cell.beta} {cell.gamma};"
            " correct it, or leave it out if it is not known"
        )
    centring = _centring(cell, space_group_number)
    primitive = np.array(given.primitive_orth_matrix(centring).tolist()).T
    conventional = np.array(given.orth.mat.tolist()).T
    reduced = shortest_vectors(primitive)
    return KnownLattice(reduced, np.rint(conventional @ np.linalg.inv(reduced)))


def _given(cell: UnitCell) -> gemmi.UnitCell | None:
    """Return the cell; None for what is none, at which gemmi raises or makes one of volume 1."""
    lengths, angles = (cell.a, cell.b, cell.c), (cell.alpha, cell.beta, cell.gamma)
    if min(lengths) <= 0 or not 0 < min(angles) <= max(angles) < 180:
        return None
    given = gemmi.UnitCell(*lengths, *angles)
    is_some = isfinite(given.volume) and given.volume >= _SMALLEST_VOLUME_A3
    return given if is_some else None


def shortest_vectors(axes: Axes) -> Axes:
    """Return three shortest vectors that make the same lattice, right-handed, shortest first.

    Of two vectors the longer loses multiples of the shorter until nothing is gained (Lagrange,
    Gauss), then the third those of both; again from the start while it gets shorter (Semaev, in
    Cryptography and Lattices, LNCS 2146, 181, 2001).
    """
    vectors = _sorted(axes)
    while True:
        vectors = _reduced_pair(vectors)
        third = _shortest_third(vectors)
        if not np.linalg.norm(third) < _SHORTER * np.linalg.norm(vectors[2]):
            break
        vectors = _sorted(np.vstack([vectors[:2], third]))
    return vectors if np.linalg.det(vectors) > 0 else -vectors


def cell_of(axes: Axes) -> UnitCell:
    """Return lengths and angles of three vectors."""
    a, b, c = (float(length) for length in np.linalg.norm(axes, axis=1))
    unit = axes / np.array([[a], [b], [c]])
    cosines = unit[[1, 0, 0]] * unit[[2, 2, 1]]
    alpha, beta, gamma = np.degrees(np.arccos(np.clip(cosines.sum(axis=1), -1, 1))).tolist()
    return UnitCell(a, b, c, alpha, beta, gamma)


def _centring(cell: UnitCell, space_group_number: int) -> str:
    group = gemmi.find_spacegroup_by_number(space_group_number)
    centring = "P" if group is None else str(group.centring_type())
    from_hexagonal = max(abs(cell.alpha - 90), abs(cell.beta - 90), abs(cell.gamma - 120))
    return "P" if centring == "R" and from_hexagonal > _RIGHT_ANGLE_TOLERANCE_DEG else centring


def _sorted(vectors: Axes) -> Axes:
    return vectors[np.argsort(np.linalg.norm(vectors, axis=1), kind="stable")]


def _reduced_pair(vectors: Axes) -> Axes:
    first, second, third = vectors
    while True:
        second = second - np.rint(first @ second / (first @ first)) * first
        if not np.linalg.norm(second) < _SHORTER * np.linalg.norm(first):
            return np.stack([first, second, third])
        first, second = second, first


def _shortest_third(vectors: Axes) -> Axes:
    """Return the shortest vector that differs from the third by multiples of the other two."""
    plane, third = vectors[:2], vectors[2]
    nearest = np.rint(np.linalg.solve(plane @ plane.T, plane @ third))
    trials = [third - (nearest + shift) @ plane for shift in product((0, -1, 1), repeat=2)]
    return min(trials, key=np.linalg.norm)
