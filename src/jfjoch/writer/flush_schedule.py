"""When it is time to make images safe on disk."""

from collections.abc import Callable

FLUSH_IMAGES = 10
FLUSH_TIME_S = 0.5


class FlushSchedule:
    """Due after 10 images or 0.5 s, whichever comes first, but only if there is something new.

    A killed writer loses at most what came since; flushing every image would cost more than
    writing it.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._new_images = 0
        self._last_s = clock()

    def note_image(self) -> None:
        """Count an image that came."""
        self._new_images += 1

    def due(self) -> bool:
        """Whether to flush now."""
        waited_s = self._clock() - self._last_s
        return self._new_images >= FLUSH_IMAGES or (
            self._new_images > 0 and waited_s >= FLUSH_TIME_S
        )

    def restart(self) -> None:
        """Begin anew: everything is on disk, or given up."""
        self._new_images = 0
        self._last_s = self._clock()
