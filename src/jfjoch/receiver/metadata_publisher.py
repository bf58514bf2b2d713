"""The metadata stream: the numbers of every image, in bundles."""

import math
import time
from collections.abc import Callable

from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.metadata import MetadataMessage
from jfjoch.messages.ports import RunPublisher
from jfjoch.messages.start import StartMessage
from jfjoch.receiver.announced_run import AnnouncedRun
from jfjoch.receiver.publisher_feed import PublisherFeed, Publishing

WAITING_IMAGES = 4096
"""So many may wait for the publisher, without pixels; a further one is left out."""
LARGEST_BUNDLE = 1000
"""With so many images a bundle is published before its time."""


class MetadataPublisher:
    """A RunObserver that publishes start, every image without its pixels, and end (B140, B141).

    Images are bundled; a bundle is published a period after its first image was finished, and
    in any case before the end. What observers are told, and ``configure``, may come from any
    thread; ``step`` belongs to one of its own.
    """

    def __init__(
        self,
        publisher: RunPublisher,
        publishing: Publishing,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._publisher = publisher
        self._clock = clock
        self._run = AnnouncedRun(publisher, publishing.enabled)
        self._feed = PublisherFeed("metadata", WAITING_IMAGES)
        self._enabled = publishing.enabled
        self._period_s = publishing.period_s
        self._bundle: list[ImageMessage] = []
        self._bundle_began = 0.0

    def configure(self, publishing: Publishing) -> None:
        """Publish like this from now on."""
        self._enabled = publishing.enabled
        self._feed.put(publishing)

    def run_started(self, start: StartMessage) -> None:
        """A run begins."""
        self._feed.put(start)

    def image_finished(self, image: ImageMessage) -> None:
        """Add the image to a bundle."""
        if self._enabled:
            self._feed.put_image(image.without_pixels())

    def run_ended(self, end: EndMessage) -> None:
        """No image comes any more."""
        self._feed.put_end(end)

    def step(self, timeout_s: float) -> bool:
        """Take what comes next, and publish a bundle if it is time; False when nothing came."""
        item = self._feed.take(max(0.0, min(timeout_s, self._time_left())))
        match item:
            case StartMessage():
                self._run.begin(item)
            case ImageMessage() if self._run.is_open:
                self._add(item)
            case EndMessage():
                self._publish_bundle()
                self._run.end(item)
            case Publishing():
                self._change(item)
        if self._time_left() <= 0 or len(self._bundle) >= LARGEST_BUNDLE:
            self._publish_bundle()
        return item is not None

    def _add(self, image: ImageMessage) -> None:
        if not self._bundle:
            self._bundle_began = self._clock()
        self._bundle.append(image)

    def _change(self, publishing: Publishing) -> None:
        """Images that were finished before it are still published."""
        self._period_s = publishing.period_s
        if not publishing.enabled:
            self._publish_bundle()
        self._run.switch(publishing.enabled)

    def _time_left(self) -> float:
        """Until the bundle is to be published."""
        if not self._bundle:
            return math.inf
        return self._bundle_began + self._period_s - self._clock()

    def _publish_bundle(self) -> None:
        if self._bundle:
            images, self._bundle = tuple(self._bundle), []
            run_number, run_name = images[0].run_number, images[0].run_name
            self._publisher.metadata(MetadataMessage(run_number, run_name, images))
