"""Ctrl-C and its kin, noticed where the program is ready to stop."""

import signal
import time
from types import FrameType

from jfjoch.errors import Cancelled

PERIOD_S = 0.1
"""Longest time until an interrupt is noticed in a pause."""


class Interrupts:
    """Remembers a signal to stop; ``pause`` is where it takes effect.

    An exception out of a signal handler could come anywhere: in the middle of a file, or between
    the start of a child process and the note of its number.
    """

    def __init__(self) -> None:
        self._asked = False

    def install(self) -> None:
        """From now on SIGINT, SIGTERM and SIGHUP only ask to stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    @property
    def asked(self) -> bool:
        """Whether one of the signals has come."""
        return self._asked

    def pause(self, seconds: float) -> None:
        """Sleep. Raises Cancelled as soon as one of the signals has come."""
        end = time.monotonic() + seconds
        while not self._asked and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, PERIOD_S))
        if self._asked:
            raise Cancelled("stopped by the user")

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
