"""How fine the search for a lattice has to be for the spots of an image.

A vector that is off by an angle e gives a spot s an index that is off by up to |s| length e. So the
grids grow with the length of the axis, in units of the resolution of the spots.
"""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels.indexing import Effort
from jfjoch.kernels.indexing_periods import LENGTH_RANGE
from jfjoch.kernels.indexing_tables import MOST_DIRECTIONS
from jfjoch.kernels.indexing_turns import MOST_TURNS

_DIRECTIONS = 38.0
"""Times the square of the largest index: no index is off by more than a quarter. (A point of a
hexagonal net with distance e to the farthest place has 2.6 e^2 of the area; half the sphere is
2 pi.)"""
_TURNS = 16.0
"""Times the largest index: off by at most a fifth, half a step away."""
_LENGTH_STEP = 0.5
"""Of the largest index, from one length to the next."""
_FEWEST_DIRECTIONS, _FEWEST_TURNS = 512, 64
_MOST_LENGTHS = 5


def search_effort(lengths_angstrom: NDArray[np.float64], resolution_per_angstrom: float) -> Effort:
    """Return the size of the grids for axes of these lengths, [3], and spots of this resolution."""
    index = lengths_angstrom * resolution_per_angstrom
    others = np.maximum(index[[1, 2, 0]], index[[2, 0, 1]])
    turns = np.exp2(np.ceil(np.log2(np.clip(_TURNS * others, _FEWEST_TURNS, MOST_TURNS))))
    return Effort(
        np.clip(_DIRECTIONS * index**2, _FEWEST_DIRECTIONS, MOST_DIRECTIONS).astype(np.int64),
        _length_count(index),
        turns.astype(np.int64),
        _length_count(others),
    )


def _length_count(index: NDArray[np.float64]) -> NDArray[np.int64]:
    wanted = np.ceil(2 * LENGTH_RANGE * index / _LENGTH_STEP)
    return np.clip(wanted, 1, _MOST_LENGTHS).astype(np.int64)
