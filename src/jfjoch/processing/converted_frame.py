"""Images of a single converted frame."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels.direct import new_scratch
from jfjoch.kernels.frame import convert_to_image
from jfjoch.kernels.roi import convert_some
from jfjoch.processing.conversion_tables import ConversionTables
from jfjoch.processing.image_target import ImageTarget
from jfjoch.processing.undivided import UndividedCounts


class ConvertedFrame:
    """A frame step that converts straight into the image."""

    def __init__(
        self,
        target: ImageTarget,
        tables: ConversionTables,
        low_threshold: int,
        undivided: UndividedCounts,
    ) -> None:
        self._target = target
        self._undivided = undivided
        self._tables = tables
        self._low_threshold = low_threshold
        self._scratch = new_scratch()

    def begin(self) -> None:
        """Do nothing: the next frame overwrites the one before."""

    def add(self, frame: NDArray[np.uint16], storage_cell: int) -> None:
        """Convert and place the frame."""
        target, tables = self._target, self._tables.cells[storage_cell]
        convert_to_image(
            frame,
            tables,
            self._low_threshold,
            self._scratch,
            target.placements,
            target.extended,
            target.output,
            target.bits,
        )
        limit = int(target.output.saturation_limit)
        whole = self._undivided
        convert_some(frame, tables, whole.pixels, self._low_threshold, limit, whole.counts)

    def place(self) -> None:
        """Do nothing: the frame is in its place."""
