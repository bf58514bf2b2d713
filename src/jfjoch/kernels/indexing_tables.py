"""Tables and memory of the search for a lattice, and its compilation."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels.aligned import aligned_empty
from jfjoch.kernels.indexing import (
    Effort,
    Limits,
    SearchScratch,
    SearchTables,
    search_lattice,
)
from jfjoch.kernels.indexing_periods import Directions, FitScratch, PeriodScratch
from jfjoch.kernels.indexing_ranking import Ranking
from jfjoch.kernels.indexing_refinement import Cell, RefinementScratch, refine_lattice
from jfjoch.kernels.indexing_score import Spots, Vectors
from jfjoch.kernels.indexing_turns import MOST_TURNS, TurnScratch, TurnTables

MOST_DIRECTIONS = 1 << 16
_GOLDEN_ANGLE_RAD = float(np.pi * (3 - np.sqrt(5)))
_BLOCK = 512
"""Vectors scored at a time; all that belongs to them stays in the nearest cache."""
_RAW_PERIODS = 150
_PERIODS = 40
"""Kept of the grid of directions, and of these once refined."""

_PERIOD_LIMITS = (0.3, 0.25, 0.2, 0.2)
_LATTICE_LIMITS = (0.4, 0.3, 0.25, 0.2, 0.15, 0.1, 0.1)


def new_search_tables(axes: NDArray[np.float64]) -> SearchTables:
    """Return the tables for a primitive cell, [3, 3], rows in Angstrom, right-handed."""
    axes = np.ascontiguousarray(axes)  # one type for the kernels
    golden = np.arange(MOST_DIRECTIONS, dtype=np.float64) * _GOLDEN_ANGLE_RAD
    turn = np.arange(MOST_TURNS, dtype=np.float64) * (2 * np.pi / MOST_TURNS)
    return SearchTables(
        Cell(axes, np.ascontiguousarray(np.linalg.inv(axes)), np.linalg.norm(axes, axis=1)),
        Directions(*_cosine_and_sine(golden)),
        TurnTables(_components(axes), *_cosine_and_sine(turn)),
        Limits(np.array(_PERIOD_LIMITS), np.array(_LATTICE_LIMITS)),
    )


def new_search_scratch(most_spots: int) -> SearchScratch:
    """Reserve the memory for images of at most so many spots."""
    vectors = Vectors(*_floats(4, _BLOCK))
    return SearchScratch(
        PeriodScratch(_ranking(_RAW_PERIODS), vectors, np.zeros(3), FitScratch(*_matrices(2))),
        _ranking(_PERIODS),
        TurnScratch(
            vectors,
            new_spots(most_spots),
            np.zeros((3, 3)),
            np.zeros((3, MOST_TURNS), np.float32),
        ),
        RefinementScratch(*_matrices(6)),
        np.zeros((3, 3)),
    )


def new_spots(most_spots: int) -> Spots:
    """Reserve the memory for so many spots; all count the same."""
    spots = Spots(*_floats(4, most_spots))
    spots.weight[:] = 1
    return spots


def _components(axes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``TurnTables.components``."""
    components = np.empty((3, 3, 3))
    for first in range(3):
        along = axes[first] / np.linalg.norm(axes[first])
        following = axes[(first + 1) % 3]
        across = following - (following @ along) * along
        across /= np.linalg.norm(across)
        components[first] = axes @ np.stack([along, across, np.cross(along, across)]).T
    return components


def _cosine_and_sine(
    angle_rad: NDArray[np.float64],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return np.cos(angle_rad).astype(np.float32), np.sin(angle_rad).astype(np.float32)


def _ranking(room: int) -> Ranking:
    return Ranking(np.zeros((room, 3)), np.zeros(room))


def _floats(count: int, size: int) -> list[NDArray[np.float32]]:
    return [aligned_empty(size, np.float32) for _ in range(count)]


def _matrices(count: int) -> list[NDArray[np.float64]]:
    return [np.zeros((3, 3)) for _ in range(count)]


def warm_up() -> None:
    """Compile the search and the refinement."""
    tables, scratch, spots = new_search_tables(np.eye(3)), new_search_scratch(1), new_spots(1)
    one, lattice = np.ones(3, np.int64), np.eye(3)
    effort = Effort(one, one, one, one)
    search_lattice(spots, 0, tables, effort, scratch, lattice)
    refine_lattice(spots, 0, tables.cell, np.ones(1), lattice, scratch.refinement)
