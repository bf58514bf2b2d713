"""The selected detector and everything that is its own."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.broker.calibration_keeper import CalibrationKeeper
from jfjoch.detector.base import DetectorControl, FrameSource
from jfjoch.detector.internal_generator import InternalGenerator
from jfjoch.errors import InvalidInput
from jfjoch.geometry.modules import ModuleLayout
from jfjoch.model.detector import Detector
from jfjoch.model.plan import FrameOrigin


@dataclass(frozen=True, slots=True)
class DetectorSystem:
    """Control, frames, calibration of one detector."""

    detector: Detector
    control: DetectorControl
    frames: FrameSource
    generator: InternalGenerator
    calibration: CalibrationKeeper
    assembled: ModuleLayout
    """Geometry of converted images; raw ones are stacked modules."""

    def source(self, origin: FrameOrigin) -> FrameSource:
        """Where the frames of a run come from."""
        return self.generator if origin == "internal_generator" else self.frames

    def store_generator_image(self, image_id: int, pixels: bytes | NDArray[np.uint16]) -> None:
        """Take an image of raw or converted size as stored frame ``image_id``.

        Raises InvalidInput naming both sizes when it has neither.
        """
        raw_shape = (self.detector.module_count * 512, 1024)
        converted_shape = (self.assembled.height, self.assembled.width)
        image = _as_image(pixels, raw_shape, converted_shape)
        if image.shape == converted_shape:
            frame = self.assembled.to_raw(image)
        else:
            frame = image.reshape(-1, 512, 1024)
        self.generator.store(image_id, frame)


def _as_image(pixels: bytes | NDArray[np.uint16], *shapes: tuple[int, int]) -> NDArray[np.uint16]:
    sizes = " or ".join(f"{height} x {width}" for height, width in shapes)
    if isinstance(pixels, np.ndarray):
        if pixels.shape not in shapes:
            raise InvalidInput(
                f"expected {sizes} pixels (raw or converted, height x width),"
                f" got {' x '.join(map(str, pixels.shape))}"
            )
        return pixels
    for height, width in shapes:
        if len(pixels) == 2 * height * width:
            return np.frombuffer(pixels, "<u2").reshape(height, width)
    expected = " or ".join(str(2 * height * width) for height, width in shapes)
    raise InvalidInput(
        f"expected {expected} bytes ({sizes} pixels of 16 bit, raw or converted), got {len(pixels)}"
    )
