"""Images of raw data: one frame, its 16 bits as they came."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels.conversion import NO_DATA_RAW
from jfjoch.kernels.counts import ERROR, SATURATED
from jfjoch.kernels.direct import new_scratch
from jfjoch.kernels.frame import raw_to_image
from jfjoch.processing.image_target import ImageTarget
from jfjoch.processing.undivided import UndividedCounts


class RawFrame:
    """A frame step without conversion; the frame is placed at once."""

    def __init__(self, target: ImageTarget, low_threshold: int, undivided: UndividedCounts) -> None:
        self._target = target
        self._undivided = undivided
        self._low_threshold = low_threshold
        self._scratch = new_scratch()

    def begin(self) -> None:
        """Do nothing: the next frame overwrites the one before."""

    def add(self, frame: NDArray[np.uint16], storage_cell: int) -> None:
        """Place the frame, whatever its storage cell."""
        target = self._target
        raw_to_image(
            frame,
            self._low_threshold,
            self._scratch,
            target.placements,
            target.extended,
            target.output,
            target.bits,
        )
        self._keep_undivided(frame)

    def place(self) -> None:
        """Do nothing: the frame is in its place."""

    def _keep_undivided(self, frame: NDArray[np.uint16]) -> None:
        words, counts = frame[self._undivided.pixels], self._undivided.counts
        counts[:] = words
        counts[words < self._low_threshold] = 0
        counts[words >= self._target.output.saturation_limit] = SATURATED
        counts[words == NO_DATA_RAW] = ERROR
