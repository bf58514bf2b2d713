"""Telling that the service lives while it is busy with itself, and when to leave it at that."""

from collections.abc import Callable

from jfjoch.errors import FileRefused

PERIOD_S = 0.5
"""Half of what the broker is promised, which takes 5 s of silence for the end of a writer."""

FILLING_S = 60.0
"""Gaps are filled for so long; a stream may claim more images than a disk holds."""

HASTY_FILLING_S = 2.0
"""The same once somebody waits for the end."""

HASTY_MASTER_S = 5.0
"""Then the master file is left to recovery, too."""


class SignsOfLife:
    """Called after each small piece of a long job; reports at most twice a second."""

    def __init__(
        self,
        report: Callable[[], None],
        clock: Callable[[], float],
        is_hurried: Callable[[], bool] = lambda: False,
    ) -> None:
        self._report = report
        self._clock = clock
        self._is_hurried = is_hurried
        self._began_s = self._last_s = clock()
        self._hurried_since_s: float | None = None
        self.ran_out_of_time = False
        """Whether gaps had to be left as they are."""

    def __call__(self) -> bool:
        """Report if it is time to; return whether there is time to fill another gap."""
        now_s = self._live()
        if now_s - self._began_s > FILLING_S or self._haste_s(now_s) > HASTY_FILLING_S:
            self.ran_out_of_time = True
        return not self.ran_out_of_time

    def on_master(self) -> None:
        """Report if it is time to. Raises FileRefused when the master file takes too long."""
        if self._haste_s(self._live()) > HASTY_MASTER_S:
            raise FileRefused("no time was left for the master file; --recover makes it")

    def _live(self) -> float:
        now_s = self._clock()
        if now_s - self._last_s >= PERIOD_S:
            self._last_s = now_s
            self._report()
        return now_s

    def _haste_s(self, now_s: float) -> float:
        """How long somebody has been waiting."""
        if self._hurried_since_s is None:
            if not self._is_hurried():
                return 0.0
            self._hurried_since_s = now_s
        return now_s - self._hurried_since_s
