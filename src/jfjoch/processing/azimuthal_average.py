"""The azimuthal profile of a whole run."""

import threading

import numpy as np
from numpy.typing import NDArray

from jfjoch.processing.azimuthal import AzimuthalSums, corrected


class AzimuthalAverage:
    """Sums of images, from all workers: thread-safe.

    A pixel counts in as many images as it is valid in, so bins need not be full in every image.
    """

    def __init__(self, bin_count: int) -> None:
        self._lock = threading.Lock()
        # Not int64: sums of a run of any length.
        self._intensity = np.zeros(bin_count)
        self._corrections = np.zeros(bin_count)

    def add(self, sums: AzimuthalSums) -> None:
        """Add an image."""
        with self._lock:
            self._intensity += sums.intensity
            self._corrections += sums.corrections

    def profile(self) -> NDArray[np.float32]:
        """Return [bins] over all images so far; NaN for a bin that was empty in all of them."""
        with self._lock:
            intensity, corrections = self._intensity.copy(), self._corrections.copy()
        return corrected(intensity, corrections)
