"""Memory for raw frames between the source and the workers."""

import math
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.base import FrameInfo
from jfjoch.kernels.aligned import aligned_empty
from jfjoch.kernels.counts import MODULE_SHAPE

_MIN_SLOTS = 2


class FrameBuffer:
    """Slots for frames in memory allocated once; implements ``FrameSlots``.

    There are as many as the budget allows for the frames of the run, but at least two.

    When every slot is taken, ``claim`` waits and then gives None: the source decides whether to
    wait on (frames from inside) or to ``lose`` the frame (packets).
    The slot freed last is used first, so that a receiver that keeps up stays in the cache.
    """

    def __init__(self, module_count: int, budget_bytes: int) -> None:
        self._frame_shape = (module_count, *MODULE_SHAPE)
        widest = math.prod(self._frame_shape) * np.dtype(np.uint32).itemsize
        self._budget_bytes = budget_bytes
        self._memory = aligned_empty(max(_MIN_SLOTS * widest, budget_bytes), np.uint8)
        self._changed = threading.Condition()
        self.reopen()

    def reopen(self, frame_dtype: str = "uint16") -> None:
        """Forget the frames of the last run, get ready for those of the next.

        No one may hold a slot.
        """
        with self._changed:
            self._slots = self._divided(np.dtype(frame_dtype))
            self._free = list(range(len(self._slots)))
            self._claimed: dict[int, int] = {}
            self._published: dict[int, tuple[int, FrameInfo]] = {}
            self._lost: dict[int, FrameInfo] = {}
            self._newest = -1
            self._packets_received = 0
            self._closed = False

    @property
    def slot_count(self) -> int:
        """All slots, free or not."""
        return len(self._slots)

    @property
    def newest_frame(self) -> int:
        """Highest frame number published or lost so far; -1 before the first."""
        return self._newest

    @property
    def has_room(self) -> bool:
        """Whether the workers keep up with the source: at most half of the slots are theirs."""
        return 2 * (len(self._free) + len(self._claimed)) >= len(self._slots)

    @property
    def packets_received(self) -> int:
        """Packets of all frames published since ``reopen``."""
        return self._packets_received

    def claim(self, frame_number: int, timeout_s: float) -> NDArray[Any] | None:
        """Return [modules, 512, 1024] to write the frame into, or None if none gets free in time.

        Claiming the same number again gives the same slot.
        """
        with self._changed:
            if frame_number not in self._claimed:
                if not self._wait(lambda: bool(self._free), timeout_s):
                    return None
                self._claimed[frame_number] = self._free.pop()
            return self._view(self._claimed[frame_number])

    def publish(self, info: FrameInfo) -> None:
        """Hand the claimed frame of that number to the workers."""
        with self._changed:
            self._published[info.number] = (self._claimed.pop(info.number), info)
            self._packets_received += info.packets_received
            self._note(info.number)

    def lose(self, info: FrameInfo) -> None:
        """Say that the frame of that number will not come; a slot claimed for it is free again."""
        with self._changed:
            if info.number in self._claimed:
                self._free.append(self._claimed.pop(info.number))
            self._lost[info.number] = info
            self._note(info.number)

    def close(self) -> None:
        """Say that no further frame will come; those published can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def take(
        self, frame_number: int, timeout_s: float
    ) -> tuple[FrameInfo, NDArray[Any] | None] | None:
        """Return a published frame, or None if it does not come in time (or never will).

        The slot stays the caller's until ``release``. A lost frame has no pixels and no slot.
        """
        with self._changed:
            self._wait(lambda: self._is_there(frame_number) or self._closed, timeout_s)
            if frame_number in self._lost:
                return self._lost.pop(frame_number), None
            if frame_number not in self._published:
                return None
            slot, info = self._published[frame_number]
            return info, self._view(slot)

    def release(self, frame_number: int) -> None:
        """Give the slot of a taken frame back."""
        with self._changed:
            slot, _ = self._published.pop(frame_number)
            self._free.append(slot)
            self._changed.notify_all()

    def will_come(self, frame_number: int) -> bool:
        """Whether the frame is there or may still come."""
        with self._changed:
            return not self._closed or self._is_there(frame_number)

    def _is_there(self, frame_number: int) -> bool:
        return frame_number in self._published or frame_number in self._lost

    def _note(self, frame_number: int) -> None:
        self._newest = max(self._newest, frame_number)
        self._changed.notify_all()

    def _divided(self, dtype: np.dtype[Any]) -> NDArray[Any]:
        """Return the memory as slots, [slots, modules, 512, 1024]."""
        frame_bytes = math.prod(self._frame_shape) * dtype.itemsize
        count = max(_MIN_SLOTS, self._budget_bytes // frame_bytes)
        return self._memory[: count * frame_bytes].view(dtype).reshape(count, *self._frame_shape)

    def _view(self, slot: int) -> NDArray[Any]:
        view: NDArray[Any] = self._slots[slot]
        return view

    def _wait(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        return self._changed.wait_for(condition, timeout_s)
