"""Frame slots for tests of frame sources."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.base import FrameInfo


class FrameList:
    """Keeps a copy of every published frame; implements ``FrameSlots`` with one slot.

    The slot is full of 0xABCD (in 8 bit 0xCD) when claimed, so that a pixel that is not written
    shows.
    """

    def __init__(self, module_count: int, keep: bool = True, dtype: str = "uint16") -> None:
        self.infos: list[FrameInfo] = []
        self.lost: list[FrameInfo] = []
        self.frames: list[NDArray[Any]] = []
        self.free = True
        self._keep = keep
        self._slot = np.empty((module_count, 512, 1024), dtype)
        self._unwritten = np.array(0xABCD, np.uint32).astype(dtype)
        self._claimed: int | None = None

    def claim(self, frame_number: int, timeout_s: float) -> NDArray[Any] | None:
        """Give the slot, unless ``free`` was set to False; never waits."""
        assert timeout_s >= 0
        if not self.free:
            return None
        assert self._claimed is None, "claimed twice without publishing"
        self._claimed = frame_number
        self._slot.fill(self._unwritten)
        return self._slot

    def publish(self, info: FrameInfo) -> None:
        """Keep the frame."""
        assert info.number == self._claimed
        self._claimed = None
        self.infos.append(info)
        if self._keep:
            self.frames.append(self._slot.copy())

    def lose(self, info: FrameInfo) -> None:
        """Keep what is known of the frame."""
        self.lost.append(info)
