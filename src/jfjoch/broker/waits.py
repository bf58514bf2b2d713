"""Telling any number of waiting clients that an operation has ended."""

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from jfjoch.broker.standing import Correction

RestingState = Literal["Inactive", "Idle", "Error"]


@dataclass(frozen=True, slots=True)
class WaitAnswer:
    """The answer to one wait; ``message`` says why, where the operation failed."""

    result: Literal["done", "failed", "not_initialized", "timed_out"]
    message: str = ""


class OperationWaits:
    """What a wait is told, now or when the running operation ends.

    The owner announces every operation with ``began`` and ``ended``, from any thread. A failed
    operation is told to all waits pending then; if there were none and nobody else was told, to
    the next one; a new operation makes it forgotten. Waits are futures of the clients' event
    loops, so that one more costs no thread and delays nothing (B071).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._resting: RestingState | None = "Inactive"  # None while an operation runs
        self._error = ""
        self._untold_failure: str | None = None
        self._pending: set[asyncio.Future[WaitAnswer]] = set()

    @property
    def pending(self) -> int:
        """Waits that have no answer yet."""
        with self._lock:
            return len(self._pending)

    def began(self) -> None:
        """Say that an operation runs now; what became of the last one no longer matters."""
        with self._lock:
            self._resting = None
            self._untold_failure = None

    def ended(
        self, state: RestingState, failure: str | None = None, *, reported: bool = False
    ) -> None:
        """Say that the operation has ended in ``state``, and why if it ended as failed.

        ``reported``: its own request was answered with the failure, so that a wait that comes
        later is not told again.
        """
        with self._lock:
            self._resting, self._error = state, failure or ""
            told, self._pending = self._pending, set()
            if failure is not None and not told and not reported:
                self._untold_failure = failure
            answer = _end_answer(state, failure)
        for future in told:
            with suppress(RuntimeError):  # the client's loop is closed: nobody is waiting there
                future.get_loop().call_soon_threadsafe(_resolve, future, answer)

    def correct(self, correction: Correction) -> None:
        """Tell the next wait of the last failure in better words."""
        with self._lock:
            if self._untold_failure == correction.told:
                self._untold_failure = correction.message

    async def wait(self, timeout_s: float) -> WaitAnswer:
        """Return the answer at once, or when the operation ends, or after ``timeout_s``.

        A wait that is cancelled meanwhile is withdrawn: it no longer counts as pending.
        """
        future: asyncio.Future[WaitAnswer] = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._resting is not None:
                return self._answer_at_rest(self._resting)
            if timeout_s <= 0:
                return WaitAnswer("timed_out")
            self._pending.add(future)
        try:
            await asyncio.wait({future}, timeout=timeout_s)
        finally:
            withdrawn = self._withdraw(future)
        # No longer pending means the end was announced to this wait: its answer is on the way.
        return WaitAnswer("timed_out") if withdrawn else await future

    def _withdraw(self, future: asyncio.Future[WaitAnswer]) -> bool:
        with self._lock:
            pending = future in self._pending
            self._pending.discard(future)
            return pending

    def _answer_at_rest(self, state: RestingState) -> WaitAnswer:
        failure, self._untold_failure = self._untold_failure, None
        if state == "Inactive":
            return WaitAnswer("not_initialized")
        if state == "Error":
            return WaitAnswer("failed", self._error or "the detector needs POST /initialize")
        return WaitAnswer("done") if failure is None else WaitAnswer("failed", failure)


def _end_answer(state: RestingState, failure: str | None) -> WaitAnswer:
    if failure is not None:
        return WaitAnswer("failed", failure)
    return WaitAnswer("not_initialized" if state == "Inactive" else "done")


def _resolve(future: asyncio.Future[WaitAnswer], answer: WaitAnswer) -> None:
    if not future.done():
        future.set_result(answer)
