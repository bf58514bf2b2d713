"""A warning that may come for every message, but is not to fill the log."""

import logging
import time
from collections.abc import Callable


class RateLimitedLog:
    """Writes at most one warning per period and says how many it left out."""

    def __init__(
        self,
        logger: logging.Logger,
        period_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._logger = logger
        self._period_s = period_s
        self._clock = clock
        self._silent_until = clock()
        self._left_out = 0
        self._count = 0

    @property
    def count(self) -> int:
        """All warnings, written or not."""
        return self._count

    def warning(self, text: str) -> None:
        """Write ``text``, or count it."""
        self._count += 1
        now = self._clock()
        if now < self._silent_until:
            self._left_out += 1
            return
        omitted = f" ({self._left_out} more like this left out)" if self._left_out else ""
        self._logger.warning("%s%s", text, omitted)
        self._silent_until = now + self._period_s
        self._left_out = 0
