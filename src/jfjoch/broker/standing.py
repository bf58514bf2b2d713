"""What GET /status says, and what operations have to say there."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from jfjoch.model.status import BrokerState, BrokerStatus, Severity


@dataclass(frozen=True, slots=True)
class Ending:
    """What an operation says when it is done."""

    message: str
    severity: Severity = "success"


@dataclass(frozen=True, slots=True)
class Correction:
    """What is better known by now than when an operation ended."""

    told: str
    """The message of its end."""
    message: str
    """What to say instead."""


@dataclass(frozen=True, slots=True)
class Standing:
    """State and message of one moment; replaced as a whole, so that readers need no lock."""

    state: BrokerState
    message: str | None = None
    severity: Severity = "info"
    progress: Callable[[], float] | None = None
    """Of what runs now, 0 to 1; may be called from any thread."""

    def in_state(self, state: BrokerState) -> "Standing":
        """The same in another state."""
        return replace(self, state=state)

    def corrected(self, correction: Correction) -> "Standing":
        """The same with the new message, if it is this one that was to be corrected."""
        if self.message != correction.told:
            return self
        return replace(self, message=correction.message)

    def status(self) -> BrokerStatus:
        """Return the answer of GET /status (B142, B143)."""
        progress = None if self.progress is None else min(1.0, max(0.0, self.progress()))
        return BrokerStatus(
            state=self.state,
            progress=progress,
            message=self.message,
            message_severity=self.severity,
        )
