"""A source of frames that loses those for which there is no slot, as packets would be."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.base import FrameInfo, FrameSlots, FrameSource
from jfjoch.model.plan import FramePlan


class ImpatientSource:
    """Passes on the frames of another source and waits for nothing.

    ``patience_s`` other than 0 keeps frames from being lost, so that only images can be.
    """

    waits = False

    def __init__(self, source: FrameSource, patience_s: float = 0.0) -> None:
        self._source = source
        self._patience_s = patience_s
        self._slots: FrameSlots | None = None
        self._nowhere = np.empty(0, np.uint16)
        self._has_slot = False
        self.lost: list[int] = []
        """Numbers of the frames for which there was no slot."""

    def start(self, plan: FramePlan) -> None:
        self._nowhere = np.empty((plan.module_count, 512, 1024), plan.frame_dtype)
        self._source.start(plan)

    def begin(self) -> None:
        self._source.begin()

    def step(self, slots: FrameSlots) -> bool:
        self._slots = slots
        return self._source.step(self)

    def claim(self, frame_number: int, timeout_s: float) -> NDArray[Any]:
        assert self._slots is not None
        frame = self._slots.claim(frame_number, self._patience_s)
        self._has_slot = frame is not None
        return self._nowhere if frame is None else frame

    def publish(self, info: FrameInfo) -> None:
        assert self._slots is not None
        if self._has_slot:
            self._slots.publish(info)
        else:
            self.lose(replace(info, packets_received=0))

    def lose(self, info: FrameInfo) -> None:
        assert self._slots is not None
        self.lost.append(info.number)
        self._slots.lose(info)

    def trigger(self) -> None:
        self._source.trigger()

    def stop(self) -> None:
        self._source.stop()
