"""Images that are the sum of several frames of an EIGER."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels.counter import MODULE_PIXELS, TOTALS, add_counters, counters_to_image
from jfjoch.model.eiger_counter import EigerCounter
from jfjoch.model.plan import PixelPlan
from jfjoch.processing.counter_ranges import counter_range, total_range
from jfjoch.processing.image_target import ImageTarget


class SummedCounters:
    """A frame step that adds counters in 32 bit."""

    def __init__(self, target: ImageTarget, plan: PixelPlan, counter: EigerCounter) -> None:
        self._target = target
        self._meaning = counter_range(counter, plan.low_threshold)
        self._output = total_range(plan)
        self._totals = np.empty(plan.module_count * MODULE_PIXELS, np.uint32)

    def begin(self) -> None:
        """Start a new sum."""
        self._totals.fill(0)

    def add(self, frame: NDArray[np.unsignedinteger], storage_cell: int) -> None:
        """Add the frame."""
        add_counters(frame, self._meaning, self._totals)

    def place(self) -> None:
        """Place the sum in the image."""
        target = self._target
        counters_to_image(
            self._totals, TOTALS, target.placements, target.extended, self._output, target.bits
        )
