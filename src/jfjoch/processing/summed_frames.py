"""Images that are the sum of several converted frames."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels.direct import new_scratch
from jfjoch.kernels.frame import add_to_counts, convert_to_counts, counts_to_image
from jfjoch.processing.conversion_tables import ConversionTables
from jfjoch.processing.image_target import ImageTarget
from jfjoch.processing.undivided import UndividedCounts


class SummedFrames:
    """A frame step that adds counts in 32 bit.

    Multipixels are divided once, after the last frame: dividing each frame would cut halves off
    every time.
    """

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
        self._counts = np.empty(tables.pixel_count, np.int32)
        self._empty = True

    def begin(self) -> None:
        """Start a new sum; the first frame overwrites the old one."""
        self._empty = True

    def add(self, frame: NDArray[np.uint16], storage_cell: int) -> None:
        """Convert the frame and add it."""
        tables = self._tables.cells[storage_cell]
        take = convert_to_counts if self._empty else add_to_counts
        limit = int(self._target.output.saturation_limit)
        take(frame, tables, self._low_threshold, limit, self._scratch, self._counts)
        self._empty = False

    def place(self) -> None:
        """Place the sum in the image."""
        target, whole = self._target, self._undivided
        np.take(self._counts, whole.pixels, out=whole.counts)
        counts_to_image(
            self._counts, target.placements, target.extended, target.output, target.bits
        )
