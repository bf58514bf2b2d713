"""Slots for tests of sources that fill several frames at a time."""

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.base import FrameInfo


class ManyFrames:
    """Keeps every published frame; implements ``FrameSlots`` with ``room`` frames at most."""

    def __init__(self, module_count: int, dtype: str = "uint16", room: int = 1000) -> None:
        self.infos: dict[int, FrameInfo] = {}
        self.frames: dict[int, NDArray[Any]] = {}
        self.lost: dict[int, FrameInfo] = {}
        self.room = room
        self.order: list[int] = []
        self._shape = (module_count, 512, 1024)
        self._dtype = dtype
        self._claimed: dict[int, NDArray[Any]] = {}
        self._lock = threading.Lock()

    def claim(self, frame_number: int, timeout_s: float) -> NDArray[Any] | None:
        if frame_number not in self._claimed:
            if len(self._claimed) + len(self.frames) >= self.room:
                return None
            self._claimed[frame_number] = np.full(self._shape, 0x5A, self._dtype)
        return self._claimed[frame_number]

    def publish(self, info: FrameInfo) -> None:
        self.frames[info.number] = self._claimed.pop(info.number)
        self.infos[info.number] = info
        self.order.append(info.number)

    def lose(self, info: FrameInfo) -> None:
        self._claimed.pop(info.number, None)
        self.lost[info.number] = info
        self.order.append(info.number)
