"""Following what the broker does until it ends."""

import http.client
import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from jfjoch.cli.broker_client import BrokerClient, RequestRefused
from jfjoch.cli.client_exit import NotInThisState, TimedOut
from jfjoch.cli.client_progress import ProgressDisplay
from jfjoch.cli.client_text import one_line
from jfjoch.errors import OperationFailed
from jfjoch.model.status import BrokerStatus

_SLICE_S = 1.0
"""Time between two looks at the progress; the end is noticed at once."""
_RUNNING = ("Busy", "Pedestal", "Measuring")


class Following:
    """Waits for the end of what runs, showing its progress.

    ``run_seen``: whether a run was among it. Until ``begun`` is set nothing is known to be ours.
    """

    def __init__(self, client: BrokerClient, timeout_s: int | None, *, begun: bool) -> None:
        self._client = client
        self._timeout_s = timeout_s
        self._deadline = math.inf if timeout_s is None else time.monotonic() + timeout_s
        self._begun = begun
        self.run_seen = False

    def until_done(self) -> BrokerStatus:
        """Return, when it has ended well, what the broker says then.

        Raises OperationFailed with what the broker says of a failure, TimedOut, and NotInThisState
        when there is nothing to wait for as the detector is not initialized.
        """
        with ProgressDisplay() as display:
            while not self._has_ended(display):
                pass
            status = self._client.status()
            if self._begun and status.message_severity == "error" and status.message:
                raise OperationFailed(status.message)
            if self._begun:
                display.complete()
        if status.message and status.state not in _RUNNING:
            print(one_line(f"{status.message_severity}: {status.message}"), file=sys.stderr)
        return status

    def _has_ended(self, display: ProgressDisplay) -> bool:
        status = self._client.status()
        if status.state in _RUNNING:
            display.show(status)
            self._begun = True
            self.run_seen |= status.state == "Measuring"
        left_s = self._deadline - time.monotonic()
        ended = self._wait(math.ceil(max(0.0, min(_SLICE_S, left_s))))
        if not ended and left_s <= 0:
            raise self._timed_out(status)
        return ended

    def _wait(self, timeout_s: int) -> bool:
        try:
            return self._client.wait_till_done(timeout_s)
        except RequestRefused as refusal:
            if refusal.status == http.client.BAD_GATEWAY:
                raise self._not_initialized() from refusal
            if refusal.answered_reason == "Other":
                raise OperationFailed(refusal.text) from refusal
            raise

    def _not_initialized(self) -> OperationFailed | NotInThisState:
        if self._begun:
            return OperationFailed("cancelled: the detector is not initialized")
        return NotInThisState(
            "expected an initialized detector, got state Inactive; run initialize"
        )

    def _timed_out(self, status: BrokerStatus) -> TimedOut:
        return TimedOut(
            f"expected the end within {self._timeout_s} s, got state {status.state};"
            " the broker goes on: wait again, or cancel"
        )


@contextmanager
def interruptible(client: BrokerClient, *, cancel: bool) -> Iterator[None]:
    """Tell on Ctrl-C what becomes of what runs; end it first if ``cancel`` is set."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        if not cancel:
            raise KeyboardInterrupt("the broker goes on: wait again, or cancel") from interrupt
        client.cancel()
        raise KeyboardInterrupt("what ran is cancelled") from interrupt
