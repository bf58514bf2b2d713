"""Search for periods of the crystal: vectors of a known length in any direction.

Directions are the points of a Fibonacci lattice on half a sphere (Swinbank & Purser, Q. J. R.
Meteorol. Soc. 132, 1769, 2006): the opposite direction says the same.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel
from jfjoch.kernels.indexing_ranking import Ranking, enter, would_enter
from jfjoch.kernels.indexing_score import Floats, Spots, Vectors, score_vectors
from jfjoch.kernels.linear_algebra import Matrix, invert

LENGTH_RANGE = 0.015
"""Lengths are searched to so much, relative, beyond the known one on both sides."""
LENGTH_LIMIT = 0.06
"""A refined period differs by no more from the known length."""
_INDEX_ERROR = 0.3
"""Standard deviation of an index that the fit assumes, relative to the current limit."""
_VECTOR_ERROR = 0.02
"""And of the vector it begins with, relative to its length."""
_SAME = 0.01
"""Refined vectors nearer to each other than this, relative, are the same."""

HALF, ONE = np.float32(0.5), np.float32(1)


class Directions(NamedTuple):
    """Cosine and sine of the multiples of the golden angle, [most directions]."""

    cosine: Floats
    sine: Floats


class FitScratch(NamedTuple):
    """Memory of a fit, both [3, 3]."""

    normal: Matrix
    inverse: Matrix


class PeriodScratch(NamedTuple):
    """Memory of the search."""

    raw: Ranking
    """As the grid of directions scores them."""
    vectors: Vectors
    """A block of the grid."""
    vector: NDArray[np.float64]
    """[3]."""
    work: FitScratch


@kernel
def find_periods(
    spots: Spots,
    spot_count: int,
    length: float,
    direction_count: int,
    length_count: int,
    directions: Directions,
    limits: NDArray[np.float64],
    scratch: PeriodScratch,
    found: Ranking,
) -> int:
    """Find vectors of about that length, Angstrom, refined and each once; return their number.

    ``limits``: of the distances from whole indices, one for each round of refinement.
    """
    raw = 0
    block = len(scratch.vectors.x)
    for begin in range(0, direction_count, block):
        size = min(block, direction_count - begin)
        for step in range(length_count):
            tried = length * length_factor(step, length_count)
            _fill(directions, direction_count, begin, size, np.float32(tried), scratch.vectors)
            score_vectors(spots, spot_count, scratch.vectors, 0, size)
            raw = _enter_block(scratch.vectors, size, scratch.raw, raw)
    return _refine_all(spots, spot_count, length, limits, raw, scratch, found)


@kernel
def length_factor(step: int, step_count: int) -> float:
    """Return one of some lengths in the range searched, relative to the known length."""
    return 1 + LENGTH_RANGE * (2 * step + 1 - step_count) / step_count


@kernel
def _fill(
    directions: Directions,
    direction_count: int,
    begin: int,
    size: int,
    length: np.float32,
    vectors: Vectors,
) -> None:
    """Write a block of the grid, vectors of that length."""
    step = ONE / np.float32(direction_count)
    for k in range(size):
        at, number = np.uint64(k), np.uint64(begin + k)
        z = (np.float32(begin + k) + HALF) * step
        radius = np.sqrt(max(ONE - z * z, np.float32(0))) * length
        vectors.x[at] = radius * directions.cosine[number]
        vectors.y[at] = radius * directions.sine[number]
        vectors.z[at] = z * length


@kernel
def _enter_block(vectors: Vectors, size: int, ranking: Ranking, count: int) -> int:
    for k in range(size):
        if would_enter(ranking, count, vectors.score[k]):
            count = enter(
                ranking, count, vectors.score[k], vectors.x[k], vectors.y[k], vectors.z[k]
            )
    return count


@kernel
def _refine_all(
    spots: Spots,
    spot_count: int,
    length: float,
    limits: NDArray[np.float64],
    raw: int,
    scratch: PeriodScratch,
    found: Ranking,
) -> int:
    """Refine the vectors of the grid and keep the best, each once."""
    count = 0
    vector = scratch.vector
    for number in range(raw):
        for k in range(3):
            vector[k] = scratch.raw.vector[number, k]
        score = refine_period(spots, spot_count, length, limits, vector, scratch.work)
        refined = np.sqrt(vector[0] ** 2 + vector[1] ** 2 + vector[2] ** 2)
        if abs(refined / length - 1) > LENGTH_LIMIT or not would_enter(found, count, score):
            continue
        if not _is_known(vector, found, count, (_SAME * length) ** 2):
            count = enter(found, count, score, vector[0], vector[1], vector[2])
    return count


@kernel
def _is_known(
    vector: NDArray[np.float64], found: Ranking, count: int, square_distance: float
) -> bool:
    """Tell whether the vector or its opposite is in a ranking."""
    known = False
    for number in range(count):
        near = opposite = 0.0
        for k in range(3):
            near += (found.vector[number, k] - vector[k]) ** 2
            opposite += (found.vector[number, k] + vector[k]) ** 2
        known = known or min(near, opposite) < square_distance
    return known


@kernel
def refine_period(
    spots: Spots,
    spot_count: int,
    length: float,
    limits: NDArray[np.float64],
    vector: NDArray[np.float64],
    work: FitScratch,
) -> float:
    """Refine a vector in place by least squares, once for each limit; return its score.

    Each spot should have a whole number for its index; those farther from one than the limit take
    no part. The score is as that of the grid, with the last limit in place of REACH.
    """
    score = 0.0
    normal, inverse = work.normal, work.inverse
    for limit in limits:
        for j in range(3):
            for k in range(3):
                normal[j, k] = 0
        right = (0.0, 0.0, 0.0)
        score = 0.0
        for i in range(spot_count):
            s = (np.float64(spots.x[i]), np.float64(spots.y[i]), np.float64(spots.z[i]))
            index = s[0] * vector[0] + s[1] * vector[1] + s[2] * vector[2]
            off = np.rint(index) - index
            if abs(off) < limit:
                score += spots.weight[i] * (1 - (off / limit) ** 2)
                right = (right[0] + s[0] * off, right[1] + s[1] * off, right[2] + s[2] * off)
                for j in range(3):
                    for k in range(3):
                        normal[j, k] += s[j] * s[k]
        for k in range(3):
            normal[k, k] += (limit * _INDEX_ERROR / (_VECTOR_ERROR * length)) ** 2
        if not invert(normal, inverse):
            return 0.0
        for k in range(3):
            vector[k] += (
                inverse[k, 0] * right[0] + inverse[k, 1] * right[1] + inverse[k, 2] * right[2]
            )
    return score
