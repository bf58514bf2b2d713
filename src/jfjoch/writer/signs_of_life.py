"""Something for the broker to hear while the writer is busy with itself."""

from collections.abc import Callable

PERIOD_S = 0.5
"""Half of what the broker is promised, which takes 5 s of silence for the end of a writer."""


class SignsOfLife:
    """Called after each small piece of a long job; reports at most twice a second."""

    def __init__(self, report: Callable[[], None], clock: Callable[[], float]) -> None:
        self._report = report
        self._clock = clock
        self._last_s = clock()

    def __call__(self) -> None:
        """Report if it is time to."""
        now_s = self._clock()
        if now_s - self._last_s >= PERIOD_S:
            self._last_s = now_s
            self._report()
