"""The selected detector and everything that is its own."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.broker.calibration_keeper import CalibrationKeeper
from jfjoch.broker.uploaded_image import uploaded_image
from jfjoch.broker.usable_settings import check_settings
from jfjoch.broker.user_mask_keeper import UserMaskKeeper
from jfjoch.detector.base import DetectorControl, FrameSource
from jfjoch.detector.internal_generator import InternalGenerator
from jfjoch.detector.udp.receiver_report import ReceiverReport
from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.geometry.pixel_mask import image_pixel_mask
from jfjoch.model.detector import Detector
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.experiment import Experiment
from jfjoch.model.image_format import ImageFormatSettings
from jfjoch.model.plan import FrameOrigin
from jfjoch.receiver.mask_in_use import raw_mask_in_use
from jfjoch.receiver.receiver import Calibration, Receiver


@dataclass(frozen=True, slots=True)
class DetectorSystem:
    """Control, frames, memory, calibration and masks of one detector."""

    detector: Detector
    control: DetectorControl
    frames: FrameSource
    packet_receivers: Callable[[], list[ReceiverReport]]
    """What came to each receiver of packets; none for a detector inside the broker."""
    generator: InternalGenerator
    receiver: Receiver
    calibration: CalibrationKeeper
    user_mask: UserMaskKeeper
    assembled: ModuleLayout
    """Geometry of converted images; raw ones are stacked modules."""

    @property
    def calibration_in_use(self) -> Calibration:
        """What a run that starts now is given."""
        keeper = self.calibration
        return Calibration(keeper.pedestals, keeper.gains, self.user_mask.present)

    def check_settings(self, settings: DetectorSettings) -> None:
        """Raise InvalidInput naming what this detector can't do."""
        check_settings(self.detector, self.calibration.gains, settings)

    def source(self, origin: FrameOrigin) -> FrameSource:
        """Where the frames of a run come from."""
        return self.generator if origin == "internal_generator" else self.frames

    def store_generator_image(self, image_id: int, pixels: bytes | NDArray[np.uint16]) -> None:
        """Take an image of raw or converted size as stored frame ``image_id``.

        Raises InvalidInput naming both sizes when it has neither.
        """
        image = uploaded_image(pixels, np.uint16, self.assembled)
        if image.shape == self.assembled.shape:
            frame = self.assembled.to_raw(image)
        else:
            frame = image.reshape(self.assembled.raw_shape)
        self.generator.store(image_id, frame)

    def as_user_mask(self, pixels: bytes | NDArray[np.uint32]) -> NDArray[np.bool_]:
        """Return the mask [modules, 512, 1024] of an image of raw or converted size (B184-B186).

        Raises InvalidInput naming both sizes when it has neither.
        """
        masked = uploaded_image(pixels, np.uint32, self.assembled).astype(np.bool_)
        if masked.shape == self.assembled.shape:
            return self.assembled.to_raw_mask(masked)
        return masked.reshape(self.assembled.raw_shape)

    def user_mask_image(self, image_format: ImageFormatSettings) -> NDArray[np.uint32]:
        """Return the user mask in the form of the images, 1 = masked (B183)."""
        return self._layout(image_format).to_image(self.user_mask.present.astype(np.uint32), 0)

    def pixel_mask(self, experiment: Experiment) -> NDArray[np.uint32]:
        """Return the mask of the images as a run would send it (B182)."""
        return image_pixel_mask(
            self._layout(experiment.image_format), self.raw_pixel_mask(experiment)
        )

    def raw_pixel_mask(self, experiment: Experiment) -> NDArray[np.uint32]:
        """Return the mask of the pixels of the modules, [modules, 512, 1024]."""
        return raw_mask_in_use(self.user_mask.present, self.calibration.pedestals, experiment)

    def _layout(self, image_format: ImageFormatSettings) -> ModuleLayout:
        if image_format.geometry_transform:
            return self.assembled
        return module_layout(self.detector, assembled=False)
