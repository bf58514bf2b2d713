"""Images of a single frame of an EIGER."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels.counter import counters_to_image
from jfjoch.model.eiger_counter import EigerCounter
from jfjoch.model.plan import PixelPlan
from jfjoch.processing.counter_ranges import counter_range, total_range
from jfjoch.processing.image_target import ImageTarget


class CounterFrame:
    """A frame step that places the counters at once."""

    def __init__(self, target: ImageTarget, plan: PixelPlan, counter: EigerCounter) -> None:
        self._target = target
        self._meaning = counter_range(counter, plan.low_threshold)
        self._output = total_range(plan)

    def begin(self) -> None:
        """Do nothing: the next frame overwrites the one before."""

    def add(self, frame: NDArray[np.unsignedinteger], storage_cell: int) -> None:
        """Place the frame."""
        target = self._target
        counters_to_image(
            frame, self._meaning, target.placements, target.extended, self._output, target.bits
        )

    def place(self) -> None:
        """Do nothing: the frame is in its place."""
