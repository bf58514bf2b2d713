"""A warning that may be due thousands of times a second."""

import logging
from collections.abc import Callable

INTERVAL_S = 5.0


class CountedWarning:
    """Counts every case, writes at most one line per 5 s to the log."""

    def __init__(self, logger: logging.Logger, clock: Callable[[], float]) -> None:
        self._logger = logger
        self._clock = clock
        self._silent_until_s = -float("inf")
        self.count = 0

    def add(self, text: str) -> None:
        """Note one more case."""
        self.count += 1
        now_s = self._clock()
        if now_s >= self._silent_until_s:
            self._silent_until_s = now_s + INTERVAL_S
            self._logger.warning("%s (%d so far)", text, self.count)
