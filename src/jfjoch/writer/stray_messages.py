"""Messages of a run that is not the one being written."""

import logging
from collections.abc import Callable

from jfjoch.rate_limited_log import RateLimitedLog

_logger = logging.getLogger(__name__)


class StrayMessages:
    """Counts what can't be written because its start never came or its run is over.

    Told now and then while they come, and once, with the number, when the next run starts.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._log = RateLimitedLog(_logger, clock=clock)
        self._told = 0

    @property
    def count(self) -> int:
        """All of them."""
        return self._log.count

    def add(self, run_number: int, run_name: str) -> None:
        """Note one message."""
        run = f"{run_number} ({run_name!r:.80})"
        self._log.warning(f"messages of run {run} come without its start; they are lost")

    def settle(self) -> None:
        """Say how many there were since the last time."""
        if self.count > self._told:
            _logger.warning("%d messages of other runs were not written", self.count - self._told)
        self._told = self.count
