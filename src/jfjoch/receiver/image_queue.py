"""Finished images on their way to the sender."""

import queue

from jfjoch.messages.image import ImageMessage

_WAIT_S = 0.1


class ImageQueue:
    """Bounded, in the order the workers finish.

    When it is full, ``put`` waits: the workers stand still, then the frame buffer fills, then
    the source feels it. Once given up it takes nothing more, and no worker waits any longer.
    """

    def __init__(self, capacity: int) -> None:
        self._queue: queue.Queue[ImageMessage] = queue.Queue(capacity)
        self._given_up = False

    @property
    def free(self) -> int:
        """Places left."""
        return max(0, self._queue.maxsize - self._queue.qsize())

    def put(self, message: ImageMessage) -> bool:
        """Add an image, waiting for room; False when the queue was given up."""
        while not self._given_up:
            try:
                self._queue.put(message, timeout=_WAIT_S)
            except queue.Full:
                continue
            return True
        return False

    def get(self, timeout_s: float) -> ImageMessage | None:
        """Return the next image, or None when none came in time."""
        try:
            return self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def give_up(self) -> None:
        """Take no further image."""
        self._given_up = True
