"""Finished images on their way to the sender."""

import queue
from typing import Literal

from jfjoch.messages.image import ImageMessage

_WAIT_S = 0.1

PutOutcome = Literal["taken", "full", "given up"]


class ImageQueue:
    """Bounded, in the order the workers finish.

    When it is full, ``put`` waits: the workers stand still, then the frame buffer fills, then
    the source feels it. Behind a source that does not wait, ``put`` does not either, and an image
    that finds no room is lost: it comes after those that wait in the send queue of the stream.
    Once given up the queue takes nothing more, and no worker waits any longer.
    """

    def __init__(self, capacity: int, waits: bool = True) -> None:
        self._queue: queue.Queue[ImageMessage] = queue.Queue(capacity)
        self._waits = waits
        self._given_up = False

    @property
    def free(self) -> int:
        """Places left."""
        return max(0, self._queue.maxsize - self._queue.qsize())

    def put(self, message: ImageMessage) -> PutOutcome:
        """Add an image, waiting for room if the source of the run waits."""
        while not self._given_up:
            try:
                self._queue.put(message, block=self._waits, timeout=_WAIT_S)
            except queue.Full:
                if not self._waits:
                    return "full"
            else:
                return "taken"
        return "given up"

    def get(self, timeout_s: float) -> ImageMessage | None:
        """Return the next image, or None when none came in time."""
        try:
            return self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def give_up(self) -> None:
        """Take no further image."""
        self._given_up = True
