"""The progress of what the broker does: a bar on a terminal, now and then a line elsewhere."""

import math
import sys
import time
from types import TracebackType
from typing import Protocol, Self

from jfjoch.cli.client_text import one_line
from jfjoch.model.status import BrokerStatus

_LINES = 10
"""Without a terminal, for the progress from 0 to 1 in one state."""
_BAR_WIDTH = 40


class Progress(Protocol):
    """Shows one state of the broker after the other, on standard error."""

    def show(self, status: BrokerStatus) -> None:
        """Show what runs now."""

    def complete(self) -> None:
        """Show that it has ended well."""


class ProgressDisplay:
    """The way of showing that fits standard error; cleaned up at the end of the context."""

    def __init__(self) -> None:
        self._bar: _Bar | None = _Bar() if sys.stderr.isatty() else None
        self._shown: Progress = self._bar or _Lines()

    def show(self, status: BrokerStatus) -> None:
        """Show what runs now."""
        self._shown.show(status)

    def complete(self) -> None:
        """Show that it has ended well."""
        self._shown.complete()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()


class _Bar:
    """Draws over itself; always as wide, so that nothing is left over of the last one."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._state = ""

    def show(self, status: BrokerStatus) -> None:
        self._state = status.state
        self._draw(status.progress or 0.0)

    def complete(self) -> None:
        if self._state:
            self._draw(1.0)

    def close(self) -> None:
        if self._state:
            print(file=sys.stderr, flush=True)

    def _draw(self, progress: float) -> None:
        filled = "#" * round(progress * _BAR_WIDTH)
        elapsed_s = time.monotonic() - self._begin
        text = f"{self._state:<9} {progress:4.0%} |{filled:<{_BAR_WIDTH}}| {elapsed_s:6.0f} s"
        print(f"\r{text}", end="", file=sys.stderr, flush=True)


class _Lines:
    def __init__(self) -> None:
        self._last = ("", 0)

    def show(self, status: BrokerStatus) -> None:
        progress = status.progress or 0.0
        present = (status.state, math.floor(progress * _LINES + 1e-9))
        if present == self._last:
            return
        self._last = present
        parts = [status.state, f"{progress:.0%}", status.message or ""]
        print(one_line("  ".join(parts)), file=sys.stderr, flush=True)

    def complete(self) -> None:
        """Leave the last word to the command."""
