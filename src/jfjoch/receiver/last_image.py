"""The last image, for those who look at it now and then."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage

PERIOD_S = 1.0
"""A new image is shown at most so often within a run (B181)."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptImage:
    """An image, still compressed, and the run it belongs to."""

    number: int
    """No two images have the same, whatever their run."""
    start: StartMessage
    image: ImageMessage


def _every_image(_: ImageMessage) -> bool:
    return True


def was_indexed(image: ImageMessage) -> bool:
    """Tell whether a lattice was found."""
    return image.analysis.indexing is not None and image.analysis.indexing.indexed


class LastImage:
    """Keeps the newest image of the run, else of the run before; a ``RunObserver``.

    Taking an image is no more than keeping a reference: nothing is decompressed or copied. The
    first image of a run is shown at once, then at most one per ``PERIOD_S``, at the end the last.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        takes: Callable[[ImageMessage], bool] = _every_image,
    ) -> None:
        """``takes``: which images are of interest; the others are as if they had not been."""
        self._clock = clock
        self._takes = takes
        self._lock = threading.Lock()
        self._run: StartMessage | None = None
        self._newest: KeptImage | None = None
        self._shown: KeptImage | None = None
        self._shown_at = 0.0
        self._due = True

    def run_started(self, start: StartMessage) -> None:
        """Images of this run follow; the last one of the run before stays until then."""
        with self._lock:
            self._run = start

    def image_finished(self, image: ImageMessage) -> None:
        """Keep the image if it is the newest of its run."""
        if not self._takes(image):
            return
        with self._lock:
            before = self._newest
            if self._run is None:
                return
            if before is None or before.start is not self._run:
                self._due = True
            elif image.image_id < before.image.image_id:
                return
            self._newest = KeptImage(0 if before is None else before.number + 1, self._run, image)

    def run_ended(self, _: EndMessage) -> None:
        """Show the last image from now on."""
        with self._lock:
            self._due = True

    def shown(self) -> KeptImage | None:
        """Return the image to show now; None before the first."""
        with self._lock:
            now = self._clock()
            if self._newest is not self._shown and self._may_change(now):
                self._shown, self._shown_at, self._due = self._newest, now, False
            return self._shown

    def _may_change(self, now: float) -> bool:
        return self._due or now - self._shown_at >= PERIOD_S
