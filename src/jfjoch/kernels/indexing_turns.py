"""The known cell about one of its axes: which turns bring the other two onto the spots too."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel
from jfjoch.kernels.indexing_periods import length_factor
from jfjoch.kernels.indexing_score import Floats, Spots, Vectors, score_vectors
from jfjoch.kernels.linear_algebra import Matrix

MOST_TURNS = 4096
TURNS_KEPT = 4
"""For each hand."""
_NEIGHBOURS = 2
"""Turns on both sides of one that is kept are left out."""
_FIT = 0.25
"""Spots whose index along the axis is off by more than this do not count."""


class TurnTables(NamedTuple):
    """What the search needs to know beforehand."""

    components: NDArray[np.float64]
    """[3, 3, 3]: for each axis taken as the first, every axis as seen from the first: along it,
    along the part of the next axis perpendicular to it, and along the third direction of that
    right-handed frame; Angstrom."""
    cosine: Floats
    """[MOST_TURNS], of that part of a whole turn."""
    sine: Floats


class TurnScratch(NamedTuple):
    """Memory of the search."""

    vectors: Vectors
    """A block of turned vectors."""
    fitting: Spots
    frame: Matrix
    """Rows: along the axis, and two directions perpendicular to it."""
    score: NDArray[np.float32]
    """[3, MOST_TURNS]: of the two other axes by the angle of each, and of both together."""


@kernel
def prepare_turns(
    spots: Spots,
    spot_count: int,
    first: int,
    vector: NDArray[np.float64],
    turn_count: int,
    length_count: int,
    tables: TurnTables,
    scratch: TurnScratch,
) -> None:
    """Score the other two axes on their circles about the first, which lies along ``vector``."""
    _write_frame(vector, scratch.frame)
    fitting = _select_fitting(spots, spot_count, vector, scratch.fitting)
    scale = _length(vector) / tables.components[first, first, 0]
    for other in range(2):
        axis = tables.components[first, (first + 1 + other) % 3]
        _score_circle(
            fitting,
            scale * axis[0],
            scale * np.sqrt(axis[1] ** 2 + axis[2] ** 2),
            turn_count,
            length_count,
            tables,
            scratch,
            scratch.score[other],
        )


@kernel
def combine_turns(
    first: int, hand: int, turn_count: int, tables: TurnTables, scratch: TurnScratch
) -> None:
    """Add what both axes score at each turn; hand 1 or -1: the cell, or its mirror image."""
    third = tables.components[first, (first + 2) % 3]
    angle = hand * np.arctan2(third[2], third[1])
    shift = int(np.rint(angle / (2 * np.pi) * turn_count)) % turn_count
    for k in range(turn_count):
        other = k + shift
        other = other - turn_count if other >= turn_count else other
        scratch.score[2, k] = scratch.score[0, k] + scratch.score[1, other]


@kernel
def take_best_turn(turn_count: int, scratch: TurnScratch) -> int:
    """Return the best turn and leave out its neighbours from then on."""
    score = scratch.score[2]
    best = 0
    for k in range(turn_count):
        if score[k] > score[best]:
            best = k
    for k in range(best - _NEIGHBOURS, best + _NEIGHBOURS + 1):
        score[k % turn_count] = np.float32(-1)
    return best


@kernel
def place_cell(
    first: int,
    hand: int,
    angle_rad: float,
    length: float,
    tables: TurnTables,
    frame: Matrix,
    lattice: Matrix,
) -> None:
    """Write the cell, turned by that angle about its first axis, which has that length.

    Of the mirror image the opposite is written, which has the same periods and the right hand.
    """
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    scale = hand * length / tables.components[first, first, 0]
    for j in range(3):
        axis = tables.components[first, j]
        u = axis[1] * cosine - hand * axis[2] * sine
        w = axis[1] * sine + hand * axis[2] * cosine
        for k in range(3):
            lattice[j, k] = scale * (axis[0] * frame[0, k] + u * frame[1, k] + w * frame[2, k])


@kernel
def _score_circle(
    fitting: int,
    along: float,
    radius: float,
    turn_count: int,
    length_count: int,
    tables: TurnTables,
    scratch: TurnScratch,
    best: NDArray[np.float32],
) -> None:
    """Write the best score of some lengths for every turn."""
    block = len(scratch.vectors.x)
    for begin in range(0, turn_count, block):
        size = min(block, turn_count - begin)
        for step in range(length_count):
            factor = length_factor(step, length_count)
            _fill(along, radius * factor, begin, size, MOST_TURNS // turn_count, tables, scratch)
            score_vectors(scratch.fitting, fitting, scratch.vectors, 0, size)
            for k in range(size):
                score = scratch.vectors.score[k]
                best[begin + k] = score if step == 0 else max(best[begin + k], score)


@kernel
def _fill(
    along: float,
    radius: float,
    begin: int,
    size: int,
    stride: int,
    tables: TurnTables,
    scratch: TurnScratch,
) -> None:
    """Write vectors of a circle about the first axis."""
    frame, vectors = scratch.frame, scratch.vectors
    for k in range(size):
        u = radius * tables.cosine[(begin + k) * stride]
        w = radius * tables.sine[(begin + k) * stride]
        vectors.x[k] = along * frame[0, 0] + u * frame[1, 0] + w * frame[2, 0]
        vectors.y[k] = along * frame[0, 1] + u * frame[1, 1] + w * frame[2, 1]
        vectors.z[k] = along * frame[0, 2] + u * frame[1, 2] + w * frame[2, 2]


@kernel
def _length(vector: NDArray[np.float64]) -> float:
    return float(np.sqrt(vector[0] ** 2 + vector[1] ** 2 + vector[2] ** 2))


@kernel
def _write_frame(vector: NDArray[np.float64], frame: Matrix) -> None:
    """Write a right-handed frame whose first direction is that of the vector."""
    length = _length(vector)
    for k in range(3):
        frame[0, k] = vector[k] / length
    a = 0  # the direction of the lab most nearly perpendicular to it
    for k in range(1, 3):
        a = k if abs(frame[0, k]) < abs(frame[0, a]) else a
    b, c = (a + 1) % 3, (a + 2) % 3
    across = np.sqrt(frame[0, b] ** 2 + frame[0, c] ** 2)
    frame[1, a] = 0
    frame[1, b], frame[1, c] = frame[0, c] / across, -frame[0, b] / across
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        frame[2, k] = frame[0, i] * frame[1, j] - frame[0, j] * frame[1, i]


@kernel
def _select_fitting(
    spots: Spots, spot_count: int, vector: NDArray[np.float64], fitting: Spots
) -> int:
    """Copy the spots that fit the vector, weighted by how well; return their number."""
    count = 0
    for i in range(spot_count):
        index = spots.x[i] * vector[0] + spots.y[i] * vector[1] + spots.z[i] * vector[2]
        off = (index - np.rint(index)) / _FIT
        if off * off < 1:
            fitting.x[count], fitting.y[count] = spots.x[i], spots.y[i]
            fitting.z[count] = spots.z[i]
            fitting.weight[count] = spots.weight[i] * (1 - off * off)
            count += 1
    return count
