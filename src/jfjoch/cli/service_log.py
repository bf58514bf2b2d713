"""The log of a service: one line per event on standard error."""

import logging
import sys

_CONTROL_CHARACTERS = {code: f"\\x{code:02x}" for code in (*range(32), 127, 0x85, 0x2028, 0x2029)}


class OneLineFormatter(logging.Formatter):
    """Time, level, run (where one is noted), message; users can't make a line of their own.

    The trace of an unexpected error follows on lines of its own.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(run)s%(message)s", defaults={"run": ""})

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        """Escape control characters and line ends."""
        return super().formatMessage(record).translate(_CONTROL_CHARACTERS)


def set_up_log(level: str) -> logging.Handler:
    """Log to standard error from ``level`` (a name, any case) on; return what does it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLineFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    return handler
