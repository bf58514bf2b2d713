"""What the HTTP interface asks of the broker, and how an operation gets hold of it."""

from typing import Annotated, Protocol

import numpy as np
from fastapi import Depends, Request
from numpy.typing import NDArray

from jfjoch.broker.waits import OperationWaits
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.detector_list import DetectorList
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.image_format import ImageFormatSettings
from jfjoch.model.instrument import InstrumentMetadata
from jfjoch.model.status import BrokerStatus, MeasurementStatistics


class BrokerFacade(Protocol):
    """The broker as its users see it. Every method is thread-safe.

    Commands raise WrongState where they are not allowed, InvalidInput for what can't be used and
    OperationFailed for what did not work; then nothing was changed.
    """

    @property
    def waits(self) -> OperationWaits:
        """Where the end of an operation is awaited."""

    def initialize(self) -> None:
        """Begin to get the detector ready."""

    def pedestal(self) -> None:
        """Begin to measure the pedestal."""

    def start(self, dataset: DatasetSettings) -> None:
        """Arm the detector; returns when it is ready for triggers."""

    def trigger(self) -> None:
        """Release the images of one trigger, where a run waits for one."""

    def cancel(self) -> None:
        """Ask what runs now to end early."""

    def deactivate(self) -> None:
        """Switch the detector off; returns when it is."""

    def status(self) -> BrokerStatus:
        """State, progress, and what became of the last operation."""

    def measurement_statistics(self) -> MeasurementStatistics | None:
        """Figures of the last run; None before the first."""

    def detector_settings(self) -> DetectorSettings:
        """Read-out settings in use."""

    def set_detector_settings(self, settings: DetectorSettings) -> None:
        """Change them; in Idle this begins a pedestal."""

    def image_format(self) -> ImageFormatSettings:
        """How frames become images now."""

    def set_image_format(self, settings: ImageFormatSettings) -> None:
        """Change it."""

    def set_raw_format(self) -> None:
        """Switch off everything that changes a pixel."""

    def set_conversion_format(self) -> None:
        """Switch full conversion on."""

    def instrument(self) -> InstrumentMetadata:
        """Names of source and instrument in use."""

    def set_instrument(self, metadata: InstrumentMetadata) -> None:
        """Change them."""

    def detector_list(self) -> DetectorList:
        """The configured detectors, and which of them is in use."""

    def select_detector(self, detector_id: int) -> None:
        """Use another detector; returns when the one before is off."""

    def upload_generator_image(self, image_id: int, pixels: bytes | NDArray[np.uint16]) -> None:
        """Store one frame of the internal generator."""

    def pixel_mask(self) -> NDArray[np.uint32]:
        """Mask of the images, [height, width]."""

    def user_mask(self) -> NDArray[np.uint32]:
        """What was uploaded as a mask, [height, width] of the images, 1 = masked."""

    def upload_user_mask(self, pixels: bytes | NDArray[np.uint32]) -> None:
        """Mask the pixels that are not 0, and no others any more."""


async def _broker_of(request: Request) -> BrokerFacade:
    broker: BrokerFacade = request.app.state.broker
    return broker


Broker = Annotated[BrokerFacade, Depends(_broker_of)]
"""Type of an operation's parameter that is given the broker."""
