"""The preview stream: now and then an image."""

import math
import threading
import time
from collections.abc import Callable

from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.ports import RunPublisher
from jfjoch.messages.start import StartMessage
from jfjoch.receiver.announced_run import AnnouncedRun
from jfjoch.receiver.publisher_feed import PublisherFeed, Publishing

WAITING_IMAGES = 16
"""So many may wait for the publisher, with their pixels; a further one is left out."""


class PreviewPublisher:
    """A RunObserver that publishes start, an image at most every period, and end (B135, B136).

    A period of 0 means every image. The first image of a run is always shown. What observers
    are told, and ``configure``, may come from any thread; ``step`` belongs to one of its own.
    """

    def __init__(
        self,
        publisher: RunPublisher,
        publishing: Publishing,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._publisher = publisher
        self._publishing = publishing
        self._clock = clock
        self._run = AnnouncedRun(publisher, publishing.enabled)
        self._feed = PublisherFeed("preview", WAITING_IMAGES)
        self._choice = threading.Lock()
        self._last_shown = -math.inf

    def configure(self, publishing: Publishing) -> None:
        """Publish like this from now on."""
        self._publishing = publishing
        self._feed.put(publishing)

    def run_started(self, start: StartMessage) -> None:
        """A run begins."""
        with self._choice:
            self._last_shown = -math.inf
        self._feed.put(start)

    def image_finished(self, image: ImageMessage) -> None:
        """Publish the image if it is time for one."""
        if self._is_due():
            self._feed.put_image(image)

    def run_ended(self, end: EndMessage) -> None:
        """No image comes any more."""
        self._feed.put_end(end)

    def step(self, timeout_s: float) -> bool:
        """Publish what comes next; False when nothing came within the time."""
        item = self._feed.take(timeout_s)
        match item:
            case StartMessage():
                self._run.begin(item)
            case ImageMessage() if self._run.is_open:
                self._publisher.image(item)
            case EndMessage():
                self._run.end(item)
            case Publishing():
                self._run.switch(item.enabled)
        return item is not None

    def _is_due(self) -> bool:
        """At most one worker is told yes per period."""
        publishing = self._publishing
        if not publishing.enabled:
            return False
        with self._choice:
            now = self._clock()
            if now - self._last_shown < publishing.period_s:
                return False
            self._last_shown = now
            return True
