"""What is known about one acquisition of the simulated detector."""

from dataclasses import dataclass
from typing import Protocol

from jfjoch.detector.simulated.frame_pool import LightFramePool
from jfjoch.model.plan import FramePlan
from jfjoch.simulator.acquisition import Acquisition
from jfjoch.simulator.injected import InjectedFaults
from jfjoch.simulator.packets import PacketTable


@dataclass(frozen=True, slots=True, eq=False)
class AcquisitionRecord:
    """An acquisition that begins."""

    number: int
    """From 0, since the simulator was started."""
    acquisition: Acquisition
    plan: FramePlan
    table: PacketTable
    injected: InjectedFaults
    pool: LightFramePool | None
    """None: it was dark."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended."""

    frames_sent: int
    packets_sent: int
    frames_late: int
    """More than a period after they were due."""
    error: str | None = None
    """What kept it from sending on."""


class AcquisitionListener(Protocol):
    """Keeps records. Raises OSError when it can't."""

    def begin(self, record: AcquisitionRecord) -> None:
        """Called before the first frame, by the thread that starts the acquisition."""

    def end(self, record: AcquisitionRecord, outcome: Outcome) -> None:
        """Called after the last packet, by the thread that sent it."""
