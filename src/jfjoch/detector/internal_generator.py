"""Frames from memory in place of a detector's."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.base import FrameSlots
from jfjoch.detector.paced_delivery import PacedDelivery
from jfjoch.errors import InvalidInput
from jfjoch.geometry.module_shape import RAW_SHAPE
from jfjoch.model.plan import FramePlan

STORED_FRAMES = 64


class InternalGenerator:
    """Cycles through stored frames; implements ``FrameSource``.

    Frame f of a run is stored frame f mod ``FramePlan.stored_frame_count``; one that was never
    stored is all zeros. Paced at the frame time, waits for free slots, knows no trigger.

    What is stored has 16 bits. Frames of an EIGER have the read-out depth of the run: in 8 bit
    counts above 255 become 255, the end of the counter; in 32 bit every number stays as it is.
    """

    waits = True

    def __init__(
        self,
        module_count: int,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._shape = (module_count, *RAW_SHAPE)
        self._stored: dict[int, NDArray[np.uint16]] = {}
        self._stored_frame_count = 1
        self._highest = 0
        self._delivery = PacedDelivery(module_count, clock, wait)

    def store(self, frame_id: int, frame: NDArray[np.uint16]) -> None:
        """Keep a copy of a raw frame, uint16 [modules, 512, 1024], under an id of 0..63.

        Raises:
            InvalidInput: another id, shape or type; the frame of before stays.
        """
        if not 0 <= frame_id < STORED_FRAMES:
            raise InvalidInput(
                f"internal generator image {frame_id} does not exist; "
                f"give an id of 0 to {STORED_FRAMES - 1}"
            )
        if frame.shape != self._shape or frame.dtype != np.uint16:
            raise InvalidInput(
                f"internal generator image is {frame.dtype} {list(frame.shape)}; "
                f"expected uint16 {list(self._shape)}: modules, rows, columns"
            )
        self._stored[frame_id] = frame.copy()

    def start(self, plan: FramePlan) -> None:
        """Begin a run; frames come at once, whatever the timing says."""
        self._stored_frame_count = plan.stored_frame_count
        readout = np.iinfo(plan.readout_dtype)
        self._highest = min(readout.max, np.iinfo(np.uint16).max)
        self._delivery.start(replace(plan, wait_for_trigger=False), self._fill)

    def begin(self) -> None:
        """Do nothing: the first ``step`` begins."""

    def step(self, slots: FrameSlots) -> bool:
        """Deliver one frame, or wait a moment for its time; False when there is none left."""
        return self._delivery.step(slots)

    def trigger(self) -> None:
        """No effect: the generator does not wait."""

    def stop(self) -> None:
        """End the run."""
        self._delivery.stop()

    def _fill(self, number: int, frame: NDArray[Any]) -> None:
        stored = self._stored.get(number % self._stored_frame_count)
        if stored is None:
            frame[:] = 0
        else:
            np.minimum(stored, self._highest, out=frame, casting="same_kind")
