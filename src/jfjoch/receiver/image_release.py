"""Where finished images leave the workers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from jfjoch.detector.base import FrameInfo
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.ports import RunObserver
from jfjoch.receiver.data_reduction import DataReduction, ImageNumbers
from jfjoch.receiver.image_queue import ImageQueue
from jfjoch.receiver.run_plots import RunPlots
from jfjoch.receiver.run_statistics import RunStatistics


@dataclass(frozen=True, slots=True)
class ImageRelease:
    """Counts, reduces, numbers and shows images, and queues them for the sender.

    Shared by all workers of a run.
    """

    statistics: RunStatistics
    records: Sequence[RunObserver]
    """Who is shown every image, also those data reduction rejects."""
    observers: Sequence[RunObserver]
    """Who is shown those that are kept."""
    reduction: DataReduction
    queue: ImageQueue
    plots: RunPlots | None = None
    """Shows images that are lost, too."""
    numbers: ImageNumbers = field(default_factory=ImageNumbers)

    def finished(self, image: ImageMessage) -> bool:
        """Take an image; False when the queue was given up."""
        self._collect(image)
        if self.reduction.keeps_all:
            return self._release([image])
        if self.reduction.keeps(image):
            return self._release(self.numbers.kept(image))
        self.statistics.image_discarded()
        return self._release(self.numbers.rejected(image.original_image_id))

    def lost(self, original_image_id: int, frames: Sequence[FrameInfo]) -> bool:
        """Count an image that can't be made of its frames; False when the queue was given up."""
        self.statistics.image_lost(frames)
        if self.plots is not None:
            received = sum(frame.packets_received for frame in frames)
            expected = sum(frame.packets_expected for frame in frames)
            self.plots.image_lost(original_image_id, received / expected)
        if self.reduction.keeps_all:
            return True
        return self._release(self.numbers.lost(original_image_id))

    def _collect(self, image: ImageMessage) -> None:
        self.statistics.image_collected(image)
        if image.analysis.search_skipped:
            self.statistics.indexing_skipped()
        for record in self.records:
            record.image_finished(image)

    def _release(self, images: Iterable[ImageMessage]) -> bool:
        return all([self._put(image) for image in images])

    def _put(self, image: ImageMessage) -> bool:
        for observer in self.observers:
            observer.image_finished(image)
        outcome = self.queue.put(image)
        if outcome == "full":
            self.statistics.image_dropped()
        return outcome != "given up"
