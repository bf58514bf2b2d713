"""How well vectors, taken as periods of the crystal, explain spots.

A period v of the crystal makes s . v a whole number for every spot s of its lattice. A spot counts
1 - (r / REACH)^2 with r its distance from the nearest whole number, and nothing beyond REACH.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel, kernel_part

Floats = NDArray[np.float32]

REACH = 0.3
_WEIGHT = np.float32(1 / REACH**2)
_ONE, _ZERO = np.float32(1), np.float32(0)
_TO_WHOLE = np.float32(12582912)
"""1.5 x 2^23: float32 of that size have no fraction, so adding it rounds."""


class Spots(NamedTuple):
    """Reciprocal-space vectors, 1/Angstrom, lab frame; and how much each counts."""

    x: Floats
    y: Floats
    z: Floats
    weight: Floats


class Vectors(NamedTuple):
    """Vectors, Angstrom, and what they score."""

    x: Floats
    y: Floats
    z: Floats
    score: Floats


@kernel
def score_vectors(spots: Spots, spot_count: int, vectors: Vectors, begin: int, end: int) -> None:
    """Score vectors [begin, end) by the first spots."""
    for k in range(begin, end):
        vectors.score[np.uint64(k)] = _ZERO
    for i in range(spot_count):
        _add_spot(spots.x[i], spots.y[i], spots.z[i], spots.weight[i], vectors, begin, end)


@kernel_part
def _add_spot(
    x: np.float32,
    y: np.float32,
    z: np.float32,
    weight: np.float32,
    vectors: Vectors,
    begin: int,
    end: int,
) -> None:
    """Add what one spot counts to the score of every vector, many in a vector register."""
    for k in range(begin, end):
        at = np.uint64(k)
        index = x * vectors.x[at] + y * vectors.y[at] + z * vectors.z[at]
        off = index - ((index + _TO_WHOLE) - _TO_WHOLE)
        counts = _ONE - off * off * _WEIGHT
        counts = counts if counts > _ZERO else _ZERO
        vectors.score[at] += weight * counts
