"""Search for the orientation of a crystal whose cell is known.

One axis of the cell is searched in all directions; about each vector found the cell is turned
until its other two axes fit as well; the best of these lattices are refined. If none explains
enough spots, the search begins again with the next axis.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel
from jfjoch.kernels.indexing_periods import Directions, PeriodScratch, find_periods
from jfjoch.kernels.indexing_ranking import Ranking
from jfjoch.kernels.indexing_refinement import (
    Cell,
    RefinementScratch,
    count_explained,
    refine_lattice,
)
from jfjoch.kernels.indexing_score import Spots
from jfjoch.kernels.indexing_turns import (
    TURNS_KEPT,
    TurnScratch,
    TurnTables,
    combine_turns,
    place_cell,
    prepare_turns,
    take_best_turn,
)
from jfjoch.kernels.linear_algebra import Matrix, copy_matrix

EXPLAINED_LIMIT = 0.1
"""Lattices are compared by the spots whose index triple is off by less than this."""
ENOUGH_TO_STOP = 0.6
"""A lattice that explains so many of the spots needs no better one."""
ENOUGH_OF_AN_AXIS = 0.4
"""And after this many no other axis is tried."""


class Effort(NamedTuple):
    """How fine the search is, for each axis taken as the first; all int64 [3]."""

    directions: NDArray[np.int64]
    """At most as many as are in the table."""
    direction_lengths: NDArray[np.int64]
    turns: NDArray[np.int64]
    """A power of 2, at most MOST_TURNS."""
    turn_lengths: NDArray[np.int64]


class Limits(NamedTuple):
    """Farthest distances from whole indices of spots that take part, for each round of a fit."""

    period: NDArray[np.float64]
    lattice: NDArray[np.float64]


class SearchTables(NamedTuple):
    """What is the same for all images of a run."""

    cell: Cell
    directions: Directions
    turns: TurnTables
    limits: Limits


class SearchScratch(NamedTuple):
    """Memory, for one image at a time."""

    periods: PeriodScratch
    found: Ranking
    turns: TurnScratch
    refinement: RefinementScratch
    trial: Matrix


@kernel
def search_lattice(
    spots: Spots,
    spot_count: int,
    tables: SearchTables,
    effort: Effort,
    scratch: SearchScratch,
    lattice: Matrix,
) -> float:
    """Write the lattice that explains the spots best; return about how many it does.

    ``spot_count``: so many of ``spots`` are used. ``lattice``: [3, 3], rows in Angstrom, lab frame;
    as it was where 0.0 is returned.
    """
    best = 0.0
    for first in range(3):
        found = find_periods(
            spots,
            spot_count,
            tables.cell.length[first],
            effort.directions[first],
            effort.direction_lengths[first],
            tables.directions,
            tables.limits.period,
            scratch.periods,
            scratch.found,
        )
        for number in range(found):
            vector = scratch.found.vector[number]
            best = _turn_about(
                spots, spot_count, first, vector, tables, effort, scratch, lattice, best
            )
            if best > ENOUGH_TO_STOP * spot_count:
                return best
        if best > ENOUGH_OF_AN_AXIS * spot_count:
            return best
    return best


@kernel
def _turn_about(
    spots: Spots,
    spot_count: int,
    first: int,
    vector: NDArray[np.float64],
    tables: SearchTables,
    effort: Effort,
    scratch: SearchScratch,
    lattice: Matrix,
    best: float,
) -> float:
    """Try the best turns of both hands about a vector; keep a lattice better than the best."""
    turn_count = effort.turns[first]
    lengths = effort.turn_lengths[first]
    length = np.sqrt(vector[0] ** 2 + vector[1] ** 2 + vector[2] ** 2)
    prepare_turns(
        spots, spot_count, first, vector, turn_count, lengths, tables.turns, scratch.turns
    )
    for hand in (1, -1):
        combine_turns(first, hand, turn_count, tables.turns, scratch.turns)
        for _ in range(TURNS_KEPT):
            angle = take_best_turn(turn_count, scratch.turns) / turn_count * 2 * np.pi
            place_cell(first, hand, angle, length, tables.turns, scratch.turns.frame, scratch.trial)
            score = _refined_score(spots, spot_count, tables, scratch)
            if score > best:
                best = score
                copy_matrix(scratch.trial, lattice)
    return best


@kernel
def _refined_score(
    spots: Spots, spot_count: int, tables: SearchTables, scratch: SearchScratch
) -> float:
    limits = tables.limits.lattice
    if not refine_lattice(
        spots, spot_count, tables.cell, limits, scratch.trial, scratch.refinement
    ):
        return 0.0
    return count_explained(spots, spot_count, scratch.trial, EXPLAINED_LIMIT)
