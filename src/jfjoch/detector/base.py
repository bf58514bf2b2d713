"""The three small protocols every detector is made of.

``DetectorControl`` tells the hardware what to do, ``FrameSource`` brings its frames in,
``FrameSlots`` is the memory the frames go to (the receiver's).
"""

from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from jfjoch.model.detector_status import DetectorStatus
from jfjoch.model.plan import FramePlan

STEP_TIME_S = 0.05
"""Longest time one ``FrameSource.step`` may take when nothing comes."""


@dataclass(frozen=True, slots=True)
class FrameInfo:
    """What is known about one frame besides its pixels."""

    number: int
    """From 0."""
    packets_expected: int
    packets_received: int
    storage_cell: int = 0
    pulse_id: int | None = None
    event_code: int | None = None

    @property
    def is_lost(self) -> bool:
        """Whether nothing of it came, or nothing could be kept."""
        return self.packets_received == 0 < self.packets_expected


class FrameSlots(Protocol):
    """Memory for frames, counted; filled by a source, emptied by workers."""

    def claim(self, frame_number: int, timeout_s: float) -> NDArray[Any] | None:
        """Return [modules, 512, 1024] to write a frame into, or None if none gets free in time.

        The type is ``FramePlan.frame_dtype`` of the run.
        """

    def publish(self, info: FrameInfo) -> None:
        """Hand the claimed frame of that number to the workers."""

    def lose(self, info: FrameInfo) -> None:
        """Say that the frame of that number will not come; no one waits for it any more.

        For a source that does not wait and got no slot, or no packet. ``info`` has received no
        packets, as none is kept; a slot claimed for it becomes free again.
        """


class FrameSource(Protocol):
    """Brings frames in. ``step`` is called by one thread, the others may come from any."""

    @property
    def waits(self) -> bool:
        """Whether it waits for a free slot, so that nothing is lost; else it loses frames.

        Nor do images wait for room on their way to the writer, if their source does not.
        """

    def start(self, plan: FramePlan) -> None:
        """Get ready for a run."""

    def begin(self) -> None:
        """Let frames come from now on; from then they have to be taken by ``step``."""

    def step(self, slots: FrameSlots) -> bool:
        """Do one bounded piece of work; False when no further frame will come."""

    def trigger(self) -> None:
        """Release the frames of one trigger; no effect on a source that does not wait for one."""

    def stop(self) -> None:
        """Make ``step`` return False soon; idempotent."""


class DetectorControl(Protocol):
    """Tells the detector what to do. Raises DetectorError when it does not."""

    def switch_on(self) -> None:
        """Power and voltage on, ready to be armed."""

    def abandon(self) -> None:
        """Make ``switch_on`` fail soon, from another thread; ``switch_off`` is to follow."""

    def switch_off(self) -> None:
        """Stop, voltage off, power off."""

    def status(self) -> DetectorStatus:
        """Ask how it is; may be called from any thread, at any time."""
