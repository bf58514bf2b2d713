"""One worker: collects the frames of an image, runs the pipeline, hands the image on."""

from collections.abc import Iterator, Sequence
from typing import Any

from numpy.typing import NDArray

from jfjoch.detector.base import FrameInfo
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.ports import RunObserver
from jfjoch.processing.pipeline import ImagePipeline
from jfjoch.receiver.frame_buffer import FrameBuffer
from jfjoch.receiver.image_builder import ImageBuilder
from jfjoch.receiver.image_queue import ImageQueue
from jfjoch.receiver.run_statistics import RunStatistics

_WAIT_S = 0.1


class ImageWorker:
    """Takes the next image nobody works on yet, until no frame will come any more.

    ``image_ids`` is shared by all workers of a run; ``next()`` on it is atomic.
    """

    def __init__(
        self,
        frames: FrameBuffer,
        pipeline: ImagePipeline,
        builder: ImageBuilder,
        queue: ImageQueue,
        statistics: RunStatistics,
        observers: Sequence[RunObserver] = (),
    ) -> None:
        self._frames = frames
        self._pipeline = pipeline
        self._builder = builder
        self._queue = queue
        self._statistics = statistics
        self._observers = observers

    def run(self, image_ids: Iterator[int]) -> None:
        """Work until the images or the frames are over."""
        for image_id in image_ids:
            if not self.step(image_id):
                return

    def step(self, image_id: int) -> bool:
        """Make one image; False when its frames will never be complete or the queue is closed.

        An image of which a frame is lost is not made, and counted: in the sum of the others every
        pixel would have the error value, which the writer fills the gap with.
        """
        self._pipeline.begin()
        infos: list[FrameInfo] = []
        for number in self._builder.frame_numbers(image_id):
            info = self._add_frame(number)
            if info is None:
                return False
            infos.append(info)
        if any(info.is_lost for info in infos):
            self._statistics.image_lost(infos)
            return True
        return self._hand_on(image_id, infos)

    def _add_frame(self, number: int) -> FrameInfo | None:
        taken = self._wait_for(number)
        if taken is None:
            return None
        info, frame = taken
        if frame is None:
            return info
        try:
            self._pipeline.add_frame(frame, info.storage_cell)
        finally:
            self._frames.release(number)
        return info

    def _wait_for(self, number: int) -> tuple[FrameInfo, NDArray[Any] | None] | None:
        while self._frames.will_come(number):
            taken = self._frames.take(number, _WAIT_S)
            if taken is not None:
                return taken
        return None

    def _hand_on(self, image_id: int, infos: list[FrameInfo]) -> bool:
        message = self._message(image_id, infos)
        self._statistics.image_collected(message)
        for observer in self._observers:
            observer.image_finished(message)
        outcome = self._queue.put(message)
        if outcome == "full":
            self._statistics.image_dropped()
        return outcome != "given up"

    def _message(self, image_id: int, infos: list[FrameInfo]) -> ImageMessage:
        image, statistics = self._pipeline.finish()
        delay = self._frames.newest_frame - infos[-1].number
        return self._builder.build(image_id, infos, image, statistics, delay)
