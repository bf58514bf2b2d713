"""Least squares of a lattice, held near the known cell.

Each row v of the lattice should make s . v the whole number nearest to it. Spots on a still lie
on a flat cap of the Ewald sphere and say little about the direction of the beam; so the fit is
drawn towards the known cell, turned to where the lattice is (ridge regression).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels.indexing_score import Spots
from jfjoch.kernels.linear_algebra import Matrix, copy_matrix, invert, make_orthogonal, multiply

CELL_TOLERANCE = 0.01
"""Standard deviation of an axis from the known one, relative, that the fit assumes."""
INDEX_ERROR = 0.6
"""Standard deviation of an index that it assumes, relative to the current limit: that of a number
evenly spread between limit and -limit, and a little."""


class Cell(NamedTuple):
    """A known cell."""

    axes: Matrix
    """[3, 3], rows are the axes, Angstrom."""
    inverse: Matrix
    length: NDArray[np.float64]
    """[3], of the axes."""


class RefinementScratch(NamedTuple):
    """Memory for the fit, all [3, 3]."""

    normal: Matrix
    right: Matrix
    """Row j: what belongs to axis j on the right side of the normal equations."""
    inverse: Matrix
    reference: Matrix
    turn: Matrix
    work: Matrix


@kernel
def refine_lattice(
    spots: Spots,
    spot_count: int,
    cell: Cell,
    limits: NDArray[np.float64],
    lattice: Matrix,
    scratch: RefinementScratch,
) -> bool:
    """Refine a lattice, rows in Angstrom, in place, once for each limit.

    A spot takes part if the distance of its index triple from whole numbers is below the limit.
    False: the lattice has collapsed.
    """
    for limit in limits:
        _collect(spots, spot_count, lattice, limit, scratch)
        if not turned_cell(cell, lattice, scratch.reference, scratch.turn, scratch.work):
            return False
        if not _solve(cell, limit, lattice, scratch):
            return False
    return True


@kernel
def turned_cell(cell: Cell, lattice: Matrix, turned: Matrix, turn: Matrix, work: Matrix) -> bool:
    """Write the known cell, turned as near to the lattice as it gets; False if there is none."""
    multiply(cell.inverse, lattice, turn)
    if not make_orthogonal(turn, work):
        return False
    multiply(cell.axes, turn, turned)
    return True


@kernel
def count_explained(spots: Spots, spot_count: int, lattice: Matrix, limit: float) -> float:
    """Return how many spots a lattice explains; each counts less the worse it fits.

    1 - (r / limit)^2 / 2 with r the distance of the index triple from whole numbers.
    """
    explained = 0.0
    square = limit * limit
    for i in range(spot_count):
        off = _distance2(spots, i, lattice)
        if off < square:
            explained += 1 - 0.5 * off / square
    return explained


@kernel_part
def _distance2(spots: Spots, i: int, lattice: Matrix) -> float:
    total = 0.0
    for j in range(3):
        index = _index(spots, i, lattice, j)
        off = index - np.rint(index)
        total += off * off
    return total


@kernel_part
def _index(spots: Spots, i: int, lattice: Matrix, j: int) -> float:
    return float(
        spots.x[i] * lattice[j, 0] + spots.y[i] * lattice[j, 1] + spots.z[i] * lattice[j, 2]
    )


@kernel
def _collect(
    spots: Spots, spot_count: int, lattice: Matrix, limit: float, scratch: RefinementScratch
) -> None:
    """Sum up the normal equations over the spots within the limit."""
    for j in range(3):
        for k in range(3):
            scratch.normal[j, k] = 0
            scratch.right[j, k] = 0
    for i in range(spot_count):
        weight = 1 - _distance2(spots, i, lattice) / (limit * limit)
        if weight <= 0:
            continue
        s = (np.float64(spots.x[i]), np.float64(spots.y[i]), np.float64(spots.z[i]))
        for j in range(3):
            whole = np.rint(_index(spots, i, lattice, j))
            for k in range(3):
                scratch.right[j, k] += weight * whole * s[k]
                scratch.normal[j, k] += weight * s[j] * s[k]


@kernel
def _solve(cell: Cell, limit: float, lattice: Matrix, scratch: RefinementScratch) -> bool:
    """Solve for each axis, drawn towards that of the turned cell."""
    for j in range(3):
        ridge = (limit * INDEX_ERROR / (CELL_TOLERANCE * cell.length[j])) ** 2
        copy_matrix(scratch.normal, scratch.work)
        for k in range(3):
            scratch.work[k, k] += ridge
        if not invert(scratch.work, scratch.inverse):
            return False
        for k in range(3):
            lattice[j, k] = 0.0
            for m in range(3):
                side = scratch.right[j, m] + ridge * scratch.reference[j, m]
                lattice[j, k] += scratch.inverse[k, m] * side
    return True
