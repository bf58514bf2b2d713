"""Parts of the search for a lattice."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def scores(spots: Floats, weights: Floats, vectors: Floats, reach: float) -> Floats:
    """Score vectors [m, 3] by spots [n, 3]."""
    index = spots @ vectors.T
    off = (index - np.rint(index)) / reach
    return np.asarray((weights[:, np.newaxis] * np.clip(1 - off**2, 0, None)).sum(axis=0))


def refined_period(
    spots: Floats, length: float, limits: Floats, vector: Floats, errors: tuple[float, float]
) -> tuple[Floats, float]:
    """Return vector and score; errors: of index (relative to limit) and vector (to length)."""
    score = 0.0
    for limit in limits:
        off = np.rint(spots @ vector) - spots @ vector
        taken = np.abs(off) < limit
        score = float((1 - (off[taken] / limit) ** 2).sum())
        ridge = (limit * errors[0] / (errors[1] * length)) ** 2 * np.eye(3)
        right = spots[taken].T @ off[taken]
        vector = vector + np.linalg.solve(spots[taken].T @ spots[taken] + ridge, right)
    return vector, score


def refined_lattice(
    spots: Floats, axes: Floats, limits: Floats, lattice: Floats, errors: tuple[float, float]
) -> Floats:
    """Return the lattice; errors: of index (relative to limit) and axes (to their length)."""
    for limit in limits:
        hkl = spots @ lattice.T
        square = ((hkl - np.rint(hkl)) ** 2).sum(axis=1)
        weight = np.clip(1 - square / limit**2, 0, None)[:, np.newaxis]
        left, _, right = np.linalg.svd(np.linalg.inv(axes) @ lattice)
        turned = axes @ left @ right
        rows = []
        for j in range(3):
            ridge = (limit * errors[0] / (errors[1] * np.linalg.norm(axes[j]))) ** 2
            normal = spots.T @ (weight * spots) + ridge * np.eye(3)
            target = spots.T @ (weight[:, 0] * np.rint(hkl[:, j])) + ridge * turned[j]
            rows.append(np.linalg.solve(normal, target))
        lattice = np.array(rows)
    return lattice


def explained(spots: Floats, lattice: Floats, limit: float) -> float:
    """Count spots, each less the worse it fits."""
    hkl = spots @ lattice.T
    square = ((hkl - np.rint(hkl)) ** 2).sum(axis=1) / limit**2
    return float((1 - 0.5 * square[square < 1]).sum())
