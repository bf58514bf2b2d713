"""Which frames make an image, and what its message says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jfjoch.detector.base import FrameInfo
from jfjoch.messages.image import ImageMessage
from jfjoch.model.plan import AcquisitionPlan
from jfjoch.processing.pipeline import FinishedImage


@dataclass(frozen=True, slots=True)
class ImageBuilder:
    """The same for all images of a run."""

    plan: AcquisitionPlan
    appendix: Any
    """``image_appendix`` of the dataset settings."""
    free_send_buffers: Callable[[], int]

    def frame_numbers(self, image_id: int) -> range:
        """Frames that are summed to the image."""
        count = self.plan.pixels.frames_per_image
        return range(image_id * count, (image_id + 1) * count)

    def build(
        self,
        image_id: int,
        frames: list[FrameInfo],
        finished: FinishedImage,
        receiver_delay: int,
    ) -> ImageMessage:
        """Put together what is sent; pulse and event are those of the image's first frame."""
        return ImageMessage(
            run_number=self.plan.run.number,
            run_name=self.plan.run.name,
            image_id=image_id,
            original_image_id=image_id,
            start_time_ns=round(image_id * self.plan.images.image_time_s * 1e9),
            exposure_ns=round(self.plan.images.count_time_s * 1e9),
            image=finished.image,
            statistics=finished.statistics,
            packets_expected=sum(frame.packets_expected for frame in frames),
            packets_received=sum(frame.packets_received for frame in frames),
            receiver_delay=max(0, receiver_delay),
            free_send_buffers=self.free_send_buffers(),
            storage_cell=frames[0].storage_cell,
            pulse_id=frames[0].pulse_id,
            event_code=frames[0].event_code,
            appendix=self.appendix,
            analysis=finished.analysis,
        )
