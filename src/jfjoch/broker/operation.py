"""One operation at a time, in a thread of its own, always leaving a defined state behind."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

from jfjoch.broker.standing import Correction, Ending, Standing
from jfjoch.broker.state_machine import Command, Event, StateMachine
from jfjoch.broker.waits import OperationWaits, RestingState
from jfjoch.errors import Cancelled, DetectorError, JfjochError, OperationFailed
from jfjoch.model.status import BrokerState, BrokerStatus, Severity

_log = logging.getLogger(__name__)
_RESTING: dict[BrokerState, RestingState] = {
    "Inactive": "Inactive",
    "Idle": "Idle",
    "Error": "Error",
}

Finished = Future[JfjochError | None]
"""Of an operation: None when it has ended well, else why it has not."""


class Operation(Protocol):
    """Something that takes its time. All but ``run`` may be called from any thread."""

    @property
    def title(self) -> str:
        """What /status says while it runs."""

    @property
    def when_done(self) -> Event:
        """Event of its success."""

    @property
    def when_failed(self) -> Event:
        """Event of its failure, other than the detector's."""

    @property
    def when_cancelled(self) -> Event:
        """Event of its being cancelled."""

    @property
    def is_awaited(self) -> bool:
        """Whether its own request still waits, and so is told of a failure."""

    def run(self) -> Ending:
        """Do it; return what to say of it. Raises Cancelled or another JfjochError."""

    def cancel(self) -> None:
        """Make ``run`` end soon."""

    def trigger(self) -> None:
        """Release the images of one trigger, where that means anything."""

    def progress(self) -> float:
        """From 0 to 1."""


SomeOperation = TypeVar("SomeOperation", bound=Operation)


class OperationDesk:
    """Takes commands one by one, runs what they ask for, keeps state, status and waits in step.

    The state has changed before a command returns. Whatever happens in an operation, one of its
    events follows: no state needs a restart to leave. ``status`` never waits for a command.
    """

    def __init__(self) -> None:
        self.waits = OperationWaits()
        self._commands = threading.Lock()
        self._machine = StateMachine()
        self._standing = Standing("Inactive")
        self._resting: RestingState = "Inactive"
        self._current: Operation | None = None
        self._closing = False
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="operation")

    @property
    def standing(self) -> Standing:
        """State and message; replaced as a whole when one of them changes."""
        return self._standing

    def status(self) -> BrokerStatus:
        """State, progress and message."""
        return self._standing.status()

    @property
    def resting_state(self) -> RestingState:
        """Where the last operation has ended: while one runs, the state before it."""
        return self._resting

    @property
    def current(self) -> Operation | None:
        """The operation that runs now, if any."""
        return self._current

    def change(self, command: Command, make: Callable[[], None]) -> None:
        """Carry out a command that is no operation. Raises WrongState, and what ``make`` does."""
        with self._commands:
            self._machine.outcome(command)
            make()
            self._machine.command(command)

    def begin(
        self, command: Command, make: Callable[[], SomeOperation]
    ) -> tuple[SomeOperation, Finished]:
        """Begin the operation that ``make`` returns, where the command enters a new state.

        ``make`` is called only where the command is allowed; when it raises, nothing has
        changed. Where the command is accepted without entering a state, that was all.
        Raises WrongState, and OperationFailed when the broker is shutting down.
        """
        with self._commands:
            if self._closing:
                raise OperationFailed("the broker is shutting down; start it again")
            outcome = self._machine.outcome(command)
            operation = make()
            self._machine.command(command)
            if outcome.effect != "enter":
                return operation, _nothing_to_do()
            self._current = operation
            self._standing = Standing(outcome.state, operation.title, "info", operation.progress)
            self.waits.began()
            return operation, self._pool.submit(self._run, operation)

    def armed(self) -> None:
        """The running operation takes triggers from now on."""
        with self._commands:
            self._standing = self._standing.in_state(self._machine.event("armed"))

    def correct(self, look: Callable[[], Correction | None]) -> None:
        """At rest, let ``look`` correct what was told of the last operation.

        Never waits: while something runs or a command is carried out, nothing is done.
        """
        if not self._commands.acquire(blocking=False):
            return
        try:
            if self._current is None and not self._closing and (better := look()) is not None:
                self._standing = self._standing.corrected(better)
                self.waits.correct(better)
        finally:
            self._commands.release()

    def cancel(self) -> None:
        """Ask the running operation to end; no effect when nothing runs (B076)."""
        with self._commands:
            self._cancel()

    def trigger(self) -> None:
        """Hand a trigger to the running operation; counts only while measuring (B072)."""
        with self._commands:
            if self._machine.command("trigger").effect == "accept" and self._current:
                self._current.trigger()

    def close(self) -> None:
        """Cancel what runs and wait for its end; take no further operation."""
        with self._commands:
            self._closing = True
            self._cancel()
        self._pool.shutdown(wait=True)

    def _cancel(self) -> None:
        if self._machine.command("cancel").effect == "accept" and self._current:
            self._current.cancel()

    def _run(self, operation: Operation) -> JfjochError | None:
        _log.info("%s", operation.title)
        try:
            ending = operation.run()
        except Cancelled as cancelled:
            _log.info("%s", cancelled)
            self._end(operation.when_cancelled, str(cancelled), "info")
            return cancelled
        except JfjochError as error:
            _log.warning("%s", error)
            return self._fail(operation, error)
        except Exception as error:  # noqa: BLE001 - a defect of ours must not leave a stuck state
            _log.exception("unexpected error")
            told = OperationFailed(f"internal error, please report it: {error!r}")
            return self._fail(operation, told)
        _log.info("%s", ending.message)
        self._end(operation.when_done, ending.message, ending.severity)
        return None

    def _fail(self, operation: Operation, error: JfjochError) -> JfjochError:
        needs_initialize = isinstance(error, DetectorError)
        event = "failed_needs_initialize" if needs_initialize else operation.when_failed
        self._end(event, str(error), "error", reported=operation.is_awaited)
        return error

    def _end(
        self, event: Event, message: str, severity: Severity, *, reported: bool = False
    ) -> None:
        with self._commands:
            state = self._machine.event(event)
            self._current = None
            self._resting = _RESTING[state]
            self._standing = Standing(state, message, severity)
            failure = message if severity == "error" else None
            self.waits.ended(self._resting, failure, reported=reported)


def _nothing_to_do() -> Finished:
    finished: Finished = Future()
    finished.set_result(None)
    return finished
