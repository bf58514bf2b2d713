"""What has become of the images of a run so far."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from jfjoch.detector.base import FrameInfo
from jfjoch.messages.image import ImageMessage
from jfjoch.receiver.analysis_sums import AnalysisSums


@dataclass(frozen=True, slots=True)
class RunCounts:
    """A snapshot: every image that was finished, or that never will be, is counted."""

    images_expected: int
    images_collected: int = 0
    """Finished by the workers."""
    images_sent: int = 0
    """Taken by the stream."""
    images_lost: int = 0
    """Not collected, as a frame of them was lost on its way to the workers."""
    images_dropped: int = 0
    """Collected, but there was no room on the way to the stream."""
    images_discarded: int = 0
    """Collected, but rejected by data reduction."""
    max_image_number: int = 0
    """Highest image_id sent + 1; 0 = none."""
    image_bytes: int = 0
    """Of the images collected, before compression."""
    payload_bytes: int = 0
    """Of the images collected, after compression."""
    packets_expected: int = 0
    packets_received: int = 0
    max_receiver_delay: int = 0
    """Most frames the workers were behind the source."""
    images_written: int | None = None
    """On disk, by the writers' own word; None when they can't answer."""
    images_not_searched: int = 0
    """Collected without a search for their lattice, as frames were waiting."""
    analysis: AnalysisSums = field(default_factory=AnalysisSums)
    """Of the images collected."""

    @property
    def images_not_sent(self) -> int:
        """To be sent, but not in the stream: on their way, or lost once the run is over."""
        return self.images_collected - self.images_discarded - self.images_sent

    @property
    def packets_missing(self) -> int:
        """Of images collected and lost: their pixels have the error value."""
        return self.packets_expected - self.packets_received

    @property
    def efficiency(self) -> float:
        """Received / expected packets of images collected and lost; 1 before the first."""
        return self.packets_received / self.packets_expected if self.packets_expected else 1.0

    @property
    def compression_ratio(self) -> float | None:
        """Bytes before / after compression; None before the first image."""
        return self.image_bytes / self.payload_bytes if self.payload_bytes else None


class RunStatistics:
    """Counts of one run; any thread may add, anyone may take a snapshot."""

    def __init__(self, images_expected: int) -> None:
        self._lock = threading.Lock()
        self._counts = RunCounts(images_expected)

    def snapshot(self) -> RunCounts:
        """Return the counts as they are now."""
        return self._counts

    def image_collected(self, image: ImageMessage) -> None:
        """Count an image that the workers have finished."""
        with self._lock:
            old = self._counts
            self._counts = replace(
                old,
                images_collected=old.images_collected + 1,
                image_bytes=old.image_bytes + image.image.image_bytes,
                payload_bytes=old.payload_bytes + image.image.payload_bytes,
                packets_expected=old.packets_expected + image.packets_expected,
                packets_received=old.packets_received + image.packets_received,
                max_receiver_delay=max(old.max_receiver_delay, image.receiver_delay),
                analysis=old.analysis.with_image(image.analysis),
            )

    def image_lost(self, frames: Sequence[FrameInfo]) -> None:
        """Count an image that can't be made of these frames."""
        with self._lock:
            old = self._counts
            self._counts = replace(
                old,
                images_lost=old.images_lost + 1,
                packets_expected=old.packets_expected + sum(f.packets_expected for f in frames),
                packets_received=old.packets_received + sum(f.packets_received for f in frames),
            )

    def image_dropped(self) -> None:
        """Count a collected image that found no room on the way to the stream."""
        with self._lock:
            self._counts = replace(self._counts, images_dropped=self._counts.images_dropped + 1)

    def indexing_skipped(self) -> None:
        """Count an image for whose lattice there was no time."""
        with self._lock:
            counts = self._counts
            self._counts = replace(counts, images_not_searched=counts.images_not_searched + 1)

    def image_discarded(self) -> None:
        """Count a collected image that data reduction has rejected."""
        with self._lock:
            counts = self._counts
            self._counts = replace(counts, images_discarded=counts.images_discarded + 1)

    def image_sent(self, image_id: int) -> None:
        """Count an image that the stream has taken."""
        with self._lock:
            self._counts = replace(
                self._counts,
                images_sent=self._counts.images_sent + 1,
                max_image_number=max(self._counts.max_image_number, image_id + 1),
            )

    def images_written(self, count: int) -> None:
        """Note how many images are on disk, all writers together."""
        with self._lock:
            self._counts = replace(self._counts, images_written=count)
