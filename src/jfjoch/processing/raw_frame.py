"""Images of raw data: one frame, its 16 bits as they came."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels.direct import new_scratch
from jfjoch.kernels.frame import raw_to_image
from jfjoch.processing.image_target import ImageTarget


class RawFrame:
    """A frame step without conversion; the frame is placed at once."""

    def __init__(self, target: ImageTarget, low_threshold: int) -> None:
        self._target = target
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

    def place(self) -> None:
        """Do nothing: the frame is in its place."""
