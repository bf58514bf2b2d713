"""A broker without detector and stream: the real states and waits, everything else in memory."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.broker.state_machine import Event, StateMachine
from jfjoch.broker.waits import OperationWaits, RestingState
from jfjoch.errors import InvalidInput, OperationFailed
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.detector_list import DetectorList, DetectorListElement
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.image_format import DEFAULT_IMAGE_FORMAT, ImageFormatSettings
from jfjoch.model.instrument import DEFAULT_INSTRUMENT, InstrumentMetadata
from jfjoch.model.status import BrokerStatus, MeasurementStatistics

RAW_BYTES = 512 * 1024 * 2
CONVERTED_BYTES = 514 * 1030 * 2
DETECTORS = [
    DetectorListElement(
        id=number,
        description=description,
        serial_number=f"S{number}",
        base_ipv4_addr="",
        udp_interface_count=2,
        nmodules=1,
        width=1030,
        height=514,
        readout_time_us=20,
        min_frame_time_us=500,
        min_count_time_us=10,
    )
    for number, description in enumerate(("first", "second"))
]


class InMemoryBroker:
    """Operations run until the test calls ``finish``."""

    def __init__(self) -> None:
        self.waits = OperationWaits()
        self.machine = StateMachine()
        self.datasets: list[DatasetSettings] = []
        self.triggers = 0
        self.uploads: dict[int, bytes | NDArray[np.uint16]] = {}
        self.statistics: MeasurementStatistics | None = None
        self.start_failure = ""
        self.message = ""
        self._detector = DetectorSettings(frame_time_us=1000)
        self._format = DEFAULT_IMAGE_FORMAT
        self._instrument = DEFAULT_INSTRUMENT
        self._detector_id = 0
        self._user_mask = np.zeros((514, 1030), np.uint32)

    def finish(self, event: Event, failure: str | None = None) -> None:
        """End what runs."""
        state = self.machine.event(event)
        self.message = failure or ""
        resting: dict[str, RestingState] = {
            "Inactive": "Inactive",
            "Idle": "Idle",
            "Error": "Error",
        }
        self.waits.ended(resting[state], failure)

    def become_idle(self) -> None:
        """Initialize, all the way."""
        self.initialize()
        self.finish("completed")

    def initialize(self) -> None:
        self.machine.command("initialize")
        self.waits.began()

    def pedestal(self) -> None:
        self.machine.command("pedestal")
        self.waits.began()

    def start(self, dataset: DatasetSettings) -> None:
        self.machine.command("start")
        self.waits.began()
        if self.start_failure:
            self.machine.event("failed_run")
            self.waits.ended("Idle", self.start_failure, reported=True)
            raise OperationFailed(self.start_failure)
        self.machine.event("armed")
        self.datasets.append(dataset)
        self.statistics = MeasurementStatistics(
            file_prefix=dataset.file_prefix, images_expected=dataset.ntrigger
        )

    def trigger(self) -> None:
        self.triggers += self.machine.command("trigger").effect == "accept"

    def cancel(self) -> None:
        if self.machine.command("cancel").effect == "accept":
            self.finish("cancelled")

    def deactivate(self) -> None:
        self.machine.command("deactivate")
        self.waits.began()
        self.finish("abandoned")

    def status(self) -> BrokerStatus:
        if not self.message:
            return BrokerStatus(state=self.machine.state, message_severity="info")
        return BrokerStatus(state=self.machine.state, message=self.message)

    def measurement_statistics(self) -> MeasurementStatistics | None:
        return self.statistics

    def detector_settings(self) -> DetectorSettings:
        return self._detector

    def set_detector_settings(self, settings: DetectorSettings) -> None:
        if settings.timing in ("burst", "gated"):
            raise InvalidInput("timing: expected auto or trigger for a JUNGFRAU detector")
        if self.machine.command("put_detector").effect == "enter":
            self.waits.began()
        self._detector = settings

    def image_format(self) -> ImageFormatSettings:
        return self._format

    def set_image_format(self, settings: ImageFormatSettings) -> None:
        self.machine.command("put_settings")
        self._format = settings

    def set_raw_format(self) -> None:
        self.set_image_format(self._format.as_raw())

    def set_conversion_format(self) -> None:
        self.set_image_format(self._format.as_converted())

    def upload_generator_image(self, image_id: int, pixels: bytes | NDArray[np.uint16]) -> None:
        self.machine.command("put_generator_image")
        size = pixels.nbytes if isinstance(pixels, np.ndarray) else len(pixels)
        if size not in (RAW_BYTES, CONVERTED_BYTES):
            raise InvalidInput(
                f"expected {RAW_BYTES} (raw) or {CONVERTED_BYTES} bytes (converted), got {size}"
            )
        self.uploads[image_id] = pixels

    def instrument(self) -> InstrumentMetadata:
        return self._instrument

    def set_instrument(self, metadata: InstrumentMetadata) -> None:
        self.machine.command("put_settings")
        self._instrument = metadata

    def detector_list(self) -> DetectorList:
        return DetectorList(detectors=DETECTORS, current_id=self._detector_id)

    def select_detector(self, detector_id: int) -> None:
        if not 0 <= detector_id < len(DETECTORS):
            raise OperationFailed(f"there is no detector {detector_id}")
        self.machine.command("select_detector")
        self.waits.began()
        self._detector_id = detector_id
        self.finish("abandoned")

    def pixel_mask(self) -> NDArray[np.uint32]:
        return self._user_mask << 8

    def user_mask(self) -> NDArray[np.uint32]:
        return self._user_mask

    def upload_user_mask(self, pixels: bytes | NDArray[np.uint32]) -> None:
        self.machine.command("put_user_mask")
        image = np.frombuffer(pixels, "<u4") if isinstance(pixels, bytes) else pixels
        if image.size != self._user_mask.size:
            raise InvalidInput(f"expected 514 x 1030 pixels, got {image.size}")
        self._user_mask = image.reshape(514, 1030)
