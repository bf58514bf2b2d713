"""The number of the run in every line logged while it is on."""

import logging
from collections.abc import Callable


class RunInLog(logging.Filter):
    """Notes the run in records, for ``OneLineFormatter``; lets all of them pass."""

    def __init__(self, run_number: Callable[[], int | None]) -> None:
        """``run_number``: of the run that is on, None when none is; called from any thread."""
        super().__init__()
        self._run_number = run_number

    def filter(self, record: logging.LogRecord) -> bool:
        """Name the run, unless the message begins with its name."""
        number = self._run_number()
        name = f"run {number}: "
        if number is not None and not record.getMessage().startswith(name):
            record.run = name
        return True
