"""Messages of a run that is not the one being written."""

import logging

_logger = logging.getLogger(__name__)


class StrayMessages:
    """Counts what can't be written because its start never came or its run is over.

    Told once when they begin to come, and once, with the number, when the next run starts.
    """

    def __init__(self) -> None:
        self.count = 0
        self._last_run = ""
        self._untold = 0

    def add(self, run_number: int, run_name: str) -> None:
        """Note one message."""
        self.count += 1
        self._untold += 1
        run = f"{run_number} ({run_name})"
        if run != self._last_run:
            self._last_run = run
            _logger.warning("messages of run %s come without its start; they are lost", run)

    def settle(self) -> None:
        """Say how many there were since the last time."""
        if self._untold:
            _logger.warning("%d messages of other runs were not written", self._untold)
        self._untold = 0
        self._last_run = ""
