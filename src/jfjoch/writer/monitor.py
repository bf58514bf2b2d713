"""Where other threads look at the writing service, and ask it to cancel."""

import threading
import time
from collections import deque
from collections.abc import Callable

from jfjoch.writer.status import WriterStatus


class WriterMonitor:
    """Between the service's thread, which posts and takes, and all others, which read and ask.

    Thread-safe: what passes is immutable or a queue.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._status = WriterStatus()
        self._posted_s = clock()
        self._cancels: deque[threading.Event] = deque()

    def post(self, status: WriterStatus) -> None:
        """Show a new status; also a sign that the service lives."""
        self._status = status
        self._posted_s = self._clock()

    @property
    def status(self) -> WriterStatus:
        """The last one posted."""
        return self._status

    @property
    def silent_s(self) -> float:
        """How long ago the service gave its last sign of life."""
        return self._clock() - self._posted_s

    def cancel(self, timeout_s: float) -> bool:
        """Ask for the present run to be given up; whether that was done within the time.

        It is done even if that takes longer.
        """
        done = threading.Event()
        self._cancels.append(done)
        return done.wait(timeout_s)

    @property
    def is_cancel_asked(self) -> bool:
        """Whether somebody has asked to cancel and has no answer yet."""
        return bool(self._cancels)

    def take_cancels(self) -> list[threading.Event]:
        """Return the requests to cancel; each is to be set when it has been carried out."""
        return [self._cancels.popleft() for _ in range(len(self._cancels))]
