"""One operation at a time, in a thread of its own, always leaving a defined state behind."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from jfjoch.broker.state_machine import Command, Event, Outcome, StateMachine
from jfjoch.broker.status_board import StatusBoard
from jfjoch.broker.waits import OperationWaits, RestingState
from jfjoch.errors import Cancelled, JfjochError
from jfjoch.model.status import BrokerState, BrokerStatus, Severity

_log = logging.getLogger(__name__)
_RESTING: dict[BrokerState, RestingState] = {
    "Inactive": "Inactive",
    "Idle": "Idle",
    "Error": "Error",
}


class Operation(Protocol):
    """Something that takes its time. ``cancel`` and ``progress`` may be called from any thread."""

    @property
    def title(self) -> str:
        """What /status says while it runs."""

    @property
    def when_done(self) -> Event:
        """Event of its success."""

    @property
    def when_failed(self) -> Event:
        """Event of its failure."""

    @property
    def when_cancelled(self) -> Event:
        """Event of its being cancelled."""

    def run(self) -> str:
        """Do it; return the message of success. Raises Cancelled or another JfjochError."""

    def cancel(self) -> None:
        """Make ``run`` end soon."""

    def progress(self) -> float:
        """From 0 to 1."""


class OperationDesk:
    """Takes commands, runs what they ask for, and keeps state, status and waits in step.

    The state has changed before ``take`` returns. Whatever happens in an operation, one of its
    events follows: no state needs a restart to leave.
    """

    def __init__(self) -> None:
        self.waits = OperationWaits()
        self._board = StatusBoard()
        self._lock = threading.Lock()
        self._machine = StateMachine()
        self._current: Operation | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="operation")

    def status(self) -> BrokerStatus:
        """State, progress and message."""
        with self._lock:
            return self._board.snapshot(self._machine.state)

    def check(self, command: Command) -> None:
        """Raise WrongState when the command is not allowed now."""
        with self._lock:
            self._machine.outcome(command)

    def take(
        self,
        command: Command,
        operation: Operation | None = None,
        change: Callable[[], None] | None = None,
    ) -> Outcome:
        """Change the state as the command asks. Raises WrongState.

        ``operation`` is what the new state is entered for. ``change`` is made only where the
        command is allowed; when it fails the state stays.
        """
        with self._lock:
            self._machine.outcome(command)
            if change is not None:
                change()
            outcome = self._machine.command(command)
            if outcome.effect == "enter":
                self._enter(outcome.state, operation)
        return outcome

    def armed(self) -> None:
        """The operation that was taken is ready for triggers."""
        with self._lock:
            self._machine.event("armed")

    def carry_out(self, operation: Operation) -> None:
        """Run the operation that was taken, in the desk's own thread."""
        self._pool.submit(self._run, operation)

    def cancel(self) -> None:
        """Ask the running operation to end; no effect when nothing runs (B076)."""
        with self._lock:
            outcome = self._machine.command("cancel")
            operation = self._current if outcome.effect == "accept" else None
        if operation is not None:
            operation.cancel()

    def end(
        self, event: Event, message: str, severity: Severity, *, reported: bool = False
    ) -> None:
        """Say how the operation ended; ``reported``: its own request was told of the failure."""
        with self._lock:
            resting = _RESTING[self._machine.event(event)]
            self._current = None
            self._board.ended(message, severity)
            failure = message if severity == "error" else None
            self.waits.ended(resting, failure, reported=reported)

    def close(self) -> None:
        """Wait for the running operation; take no further one."""
        self._pool.shutdown(wait=True)

    def _enter(self, state: BrokerState, operation: Operation | None) -> None:
        self._current = operation
        self.waits.began()
        if operation is not None:
            self._board.running(operation.title, operation.progress)

    def _run(self, operation: Operation) -> None:
        _log.info("%s", operation.title)
        try:
            message = operation.run()
        except Cancelled as cancelled:
            _log.info("%s", cancelled)
            self.end(operation.when_cancelled, str(cancelled), "info")
        except JfjochError as error:
            _log.warning("%s", error)
            self.end(operation.when_failed, str(error), "error")
        except Exception as error:  # noqa: BLE001 - a defect of ours must not leave a stuck state
            _log.exception("unexpected error")
            self.end(operation.when_failed, f"internal error, please report: {error!r}", "error")
        else:
            _log.info("%s", message)
            self.end(operation.when_done, message, "success")
