"""How fast images come."""

from collections import deque
from collections.abc import Callable

WINDOW_S = 2.0
_STEP_S = 0.1


class ImageRate:
    """Images per second over the last two seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._count = 0
        self._history: deque[tuple[float, int]] = deque([(clock(), 0)])

    def note_image(self) -> None:
        """Count an image that came."""
        self._count += 1

    def per_second(self) -> float:
        """Return the rate now; ask several times a second for it to be right."""
        now_s = self._clock()
        if now_s - self._history[-1][0] >= _STEP_S:
            self._history.append((now_s, self._count))
        while len(self._history) > 1 and now_s - self._history[1][0] >= WINDOW_S:
            self._history.popleft()
        since_s, count = self._history[0]
        return (self._count - count) / (now_s - since_s) if now_s > since_s else 0.0
