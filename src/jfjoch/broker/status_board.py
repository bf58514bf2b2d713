"""What GET /status says besides the state."""

import threading
from collections.abc import Callable

from jfjoch.model.status import BrokerState, BrokerStatus, Severity


class StatusBoard:
    """One message with its severity, and where to read the progress of what runs now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._message: str | None = None
        self._severity: Severity = "info"
        self._progress: Callable[[], float] | None = None

    def running(self, message: str, progress: Callable[[], float]) -> None:
        """An operation runs; ``progress`` gives 0 to 1 and may be called from any thread."""
        with self._lock:
            self._message, self._severity, self._progress = message, "info", progress

    def ended(self, message: str, severity: Severity) -> None:
        """Nothing runs any more; the message says how it ended."""
        with self._lock:
            self._message, self._severity, self._progress = message, severity, None

    def snapshot(self, state: BrokerState) -> BrokerStatus:
        """Return the answer of GET /status."""
        with self._lock:
            progress = None if self._progress is None else min(1.0, max(0.0, self._progress()))
            return BrokerStatus(
                state=state,
                progress=progress,
                message=self._message,
                message_severity=self._severity,
            )
