"""Mean of the azimuthal profiles of a run."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


class AverageProfile:
    """Mean over the images, for each bin of q on its own. Not thread-safe."""

    def __init__(self, q_recipA: ArrayLike = ()) -> None:  # noqa: N803 (unit)
        """``q_recipA``: [bins], centres of the bins, 1/Angstrom."""
        self._q = np.asarray(q_recipA, np.float64)
        self._sums = np.zeros(self._q.size)
        self._counts = np.zeros(self._q.size, np.int64)

    def add(self, profiles: Sequence[NDArray[np.floating]]) -> None:
        """Add the profiles of some images, [bins] each; empty bins are NaN."""
        for profile in profiles:
            filled = np.isfinite(profile)
            np.add(self._sums, profile, out=self._sums, where=filled)
            self._counts += filled

    def points(self) -> tuple[list[float], list[float]]:
        """Return q and mean of the bins that were filled in any image."""
        filled = self._counts > 0
        return self._q[filled].tolist(), self.means()[filled].tolist()

    def means(self) -> NDArray[np.float64]:
        """Return [bins], NaN for a bin that no image has filled."""
        means = np.full(self._q.size, np.nan)
        np.divide(self._sums, self._counts, out=means, where=self._counts > 0)
        return means
