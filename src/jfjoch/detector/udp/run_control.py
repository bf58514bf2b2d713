"""What the receiver of packets needs of the control of the detector."""

from typing import Protocol

from jfjoch.model.plan import FramePlan


class RunControl(Protocol):
    """Arms, starts and stops a detector. All raise DetectorError when it does not obey."""

    def prepare(self, plan: FramePlan) -> None:
        """Configure the detector for a run."""

    def start(self) -> None:
        """Let it take frames, or wait for triggers."""

    def trigger(self) -> None:
        """Give it a trigger by software; no effect where none is awaited."""

    def stop(self) -> None:
        """End what it does; no effect when it does nothing."""

    def is_idle(self) -> bool:
        """Whether it has ended, and sends nothing more."""
