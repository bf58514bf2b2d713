"""Whether the broker of a run is still there."""

from collections.abc import Callable

LONGEST_ABSENCE_S = 5.0
"""As long as the broker waits for a silent writer."""


class SenderWatch:
    """A run is given up when its broker went away and then nothing came for 5 s.

    A broker that comes back is another one, or has given up the run itself: for it a writer that
    was away is lost. What it sent before may still be on its way, and counts.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._known_departures = 0
        self._silent_since_s: float | None = None

    def begin(self, departures: int) -> None:
        """A run has started; what was before does not count."""
        self._known_departures = departures
        self._silent_since_s = None

    def note_message(self) -> None:
        """Something came."""
        self._silent_since_s = None

    def is_lost(self, departures: int) -> bool:
        """Whether to give up; asked whenever nothing came."""
        if departures == self._known_departures:
            return False
        if self._silent_since_s is None:
            self._silent_since_s = self._clock()
        return self._clock() - self._silent_since_s >= LONGEST_ABSENCE_S
