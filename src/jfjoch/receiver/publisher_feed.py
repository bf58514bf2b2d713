"""From the threads of a run to the thread of a publisher."""

import logging
import threading
from collections import deque
from dataclasses import dataclass

from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage


@dataclass(frozen=True, slots=True)
class Publishing:
    """What of a stream may be changed at any time."""

    enabled: bool
    period_s: float


FeedItem = StartMessage | ImageMessage | EndMessage | Publishing

_log = logging.getLogger(__name__)


class PublisherFeed:
    """A queue in the order in which things happened. Thread-safe; ``take`` by one thread.

    When ``capacity`` images wait, a further one is left out; how many were is logged at the end
    of the run. The start and end of runs and changed settings always find room: they are few.
    """

    def __init__(self, stream: str, capacity: int) -> None:
        """``stream`` names it in the log."""
        self._stream = stream
        self._capacity = capacity
        self._changed = threading.Condition()
        self._items: deque[FeedItem] = deque()
        self._waiting_images = 0
        self._left_out = 0

    def put(self, item: StartMessage | Publishing) -> None:
        """Add what is always taken."""
        with self._changed:
            self._items.append(item)
            self._changed.notify()

    def put_image(self, image: ImageMessage) -> None:
        """Add an image, or leave it out when there is no room."""
        with self._changed:
            if self._waiting_images >= self._capacity:
                self._left_out += 1
                return
            self._waiting_images += 1
            self._items.append(image)
            self._changed.notify()

    def put_end(self, end: EndMessage) -> None:
        """Add the end, which is always taken, and log what was left out of the run."""
        with self._changed:
            self._items.append(end)
            self._changed.notify()
            left_out, self._left_out = self._left_out, 0
        if left_out:
            _log.warning(
                "run %d: %d images are missing in the %s stream, which could not keep up; the"
                " images to be written are not affected",
                end.run_number,
                left_out,
                self._stream,
            )

    def take(self, timeout_s: float) -> FeedItem | None:
        """Return the next item, or None when none came in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._items, timeout_s):
                return None
            item = self._items.popleft()
            self._waiting_images -= isinstance(item, ImageMessage)
            return item
