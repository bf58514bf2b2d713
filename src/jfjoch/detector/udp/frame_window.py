"""What the receivers of a run and the assembly of its frames agree on."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels.packet_types import NOT_YET


@dataclass(frozen=True, slots=True)
class WindowView:
    """What a receiver is told before it takes packets."""

    first: int
    """Oldest frame that is not finished."""
    give_up_below: int
    """Packets of earlier frames come too late."""
    newest_elsewhere: int
    """Newest frame other receivers have packets of."""
    version: int
    """Of what the assembly says."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a receiver tells afterwards."""

    next_open: int = 0
    """All frames before are complete or given up, as far as it is concerned."""
    newest: int = -1
    quiet_calls: int = 0
    """How often in a row it has waited for packets in vain."""
    blocked_at: int = -1
    """The version of which it has seen that packets have no memory yet; -1: they have."""


class FrameWindow:
    """The frames that can be filled now: ``length`` of them, from the oldest unfinished one.

    Every receiver alternates ``view`` and ``report``. What it has reported as over it does not
    write to any more; so a frame that all have reported can be handed on. Thread-safe.
    """

    def __init__(self, length: int, receiver_count: int) -> None:
        self.length = length
        self._first = 0
        self._memory = np.full(length, NOT_YET)
        self._version = 0
        self._reports = self._reports_seen = 0
        self._give_up_below = 0
        self._progress = [Progress()] * receiver_count
        self._changed = threading.Condition()
        self._closed = False

    @property
    def first(self) -> int:
        """Oldest frame that is not finished."""
        return self._first

    @property
    def closed(self) -> bool:
        """Whether receivers are to end."""
        return self._closed

    @property
    def newest(self) -> int:
        """Newest frame there are packets of; -1 = none."""
        return max(progress.newest for progress in self._progress)

    @property
    def quiet_calls(self) -> int:
        """How often in a row every receiver has waited for packets in vain."""
        return min(progress.quiet_calls for progress in self._progress)

    @property
    def next_open(self) -> int:
        """All frames before are complete or given up for all receivers."""
        return min(progress.next_open for progress in self._progress)

    def view(self, receiver: int, memory: NDArray[np.int64]) -> WindowView:
        """Tell a receiver where it may write now.

        memory: [length], gets the address of the first pixel of frame f at f % length, or
        NOT_YET, or DENIED.
        """
        with self._changed:
            memory[:] = self._memory
            others = [p.newest for r, p in enumerate(self._progress) if r != receiver]
            return WindowView(
                self._first,
                self._give_up_below,
                max(others, default=-1),
                self._version,
            )

    def report(self, receiver: int, progress: Progress) -> None:
        """Take what a receiver has done since it was last told."""
        with self._changed:
            self._progress[receiver] = progress
            self._reports += 1
            self._changed.notify_all()

    def wait_for_report(self, timeout_s: float) -> None:
        """Wait until the oldest frame is over or memory is needed, or for that time."""
        with self._changed:
            self._changed.wait_for(self._wants_attention, timeout_s)
            self._reports_seen = self._reports

    def wait_for_change(self, version: int, timeout_s: float) -> None:
        """Wait until the assembly says something new, or for that time; for a blocked receiver."""
        with self._changed:
            self._changed.wait_for(lambda: self._version > version or self._closed, timeout_s)

    def place(self, memory: Mapping[int, int]) -> None:
        """Give frames of the window memory, or deny it, for good."""
        with self._changed:
            for frame, address in memory.items():
                self._memory[frame % self.length] = address
            self._note_change()

    def finish(self, end: int) -> None:
        """Move on: all frames before ``end`` have been handed on."""
        with self._changed:
            for frame in range(self._first, end):
                self._memory[frame % self.length] = NOT_YET
            self._first = end
            self._note_change()

    def give_up(self, below: int) -> None:
        """Wait for no further packets of earlier frames."""
        with self._changed:
            self._give_up_below = max(self._give_up_below, below)
            self._note_change()

    def close(self) -> None:
        """Let the receivers end."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _wants_attention(self) -> bool:
        if self._closed:
            return True
        blocked = any(progress.blocked_at == self._version for progress in self._progress)
        news = self._reports > self._reports_seen
        return news and (blocked or self.next_open > self._first)

    def _note_change(self) -> None:
        self._version += 1
        self._changed.notify_all()
