"""One worker: collects the frames of an image, runs the pipeline, hands the image on."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from jfjoch.detector.base import FrameInfo
from jfjoch.model.spot_finding import SpotFindingSettings
from jfjoch.processing.pipeline import ImagePipeline
from jfjoch.receiver.frame_buffer import FrameBuffer
from jfjoch.receiver.image_builder import ImageBuilder
from jfjoch.receiver.image_release import ImageRelease
from jfjoch.receiver.indexing_budget import IndexingBudget

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
        release: ImageRelease,
        budget: IndexingBudget,
        spot_finding: Callable[[], SpotFindingSettings],
    ) -> None:
        """``spot_finding`` gives the settings in force, which may change between images."""
        self._frames = frames
        self._pipeline = pipeline
        self._builder = builder
        self._release = release
        self._budget = budget
        self._spot_finding = spot_finding

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
            return self._release.lost(image_id, infos)
        return self._finish(image_id, infos)

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

    def _finish(self, image_id: int, infos: list[FrameInfo]) -> bool:
        settings = self._spot_finding()
        wants_search = self._pipeline.indexes and settings.enable and settings.indexing
        searched = not wants_search or self._budget.allows()
        if not searched:
            settings = settings.model_copy(update={"indexing": False})
        finished = self._pipeline.finish(settings)
        if not searched:
            analysis = replace(finished.analysis, search_skipped=True)
            finished = finished._replace(analysis=analysis)
        delay = self._frames.newest_frame - infos[-1].number
        message = self._builder.build(image_id, infos, finished, delay)
        return self._release.finished(message)
