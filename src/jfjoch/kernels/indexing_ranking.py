"""Lists of the best vectors found so far."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel, kernel_part


class Ranking(NamedTuple):
    """Vectors and their scores, the best first; as many as there is room for."""

    vector: NDArray[np.float64]
    """[room, 3]."""
    score: NDArray[np.float64]
    """[room]."""


@kernel
def would_enter(ranking: Ranking, count: int, score: float) -> bool:
    """Tell whether a score gets into a ranking of so many."""
    return bool(count < len(ranking.score) or score > ranking.score[count - 1])


@kernel
def enter(ranking: Ranking, count: int, score: float, x: float, y: float, z: float) -> int:
    """Put a vector that gets in where it belongs; return the new count."""
    last = count if count < len(ranking.score) else count - 1
    place = last
    while place > 0 and ranking.score[place - 1] < score:
        _copy(ranking, place - 1, place)
        place -= 1
    ranking.score[place] = score
    ranking.vector[place, 0] = x
    ranking.vector[place, 1] = y
    ranking.vector[place, 2] = z
    return last + 1


@kernel_part
def _copy(ranking: Ranking, source: int, destination: int) -> None:
    ranking.score[destination] = ranking.score[source]
    for k in range(3):
        ranking.vector[destination, k] = ranking.vector[source, k]
