"""A broker without detector and stream: the real states and waits, everything else in memory."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from jfjoch.broker.live_settings import SettingsSnapshot
from jfjoch.broker.previews import Previews
from jfjoch.broker.settings_sections import ROI, PlainSection, S, Section
from jfjoch.broker.state_machine import Event, StateMachine
from jfjoch.broker.stream_settings import StreamSettings
from jfjoch.broker.waits import OperationWaits, RestingState
from jfjoch.errors import InvalidInput, OperationFailed
from jfjoch.model.calibration_statistics import CalibrationStatisticsInner
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.detector_list import DetectorList, DetectorListElement
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.detector_status import DetectorStatus
from jfjoch.model.fpga_status import FpgaStatusInner
from jfjoch.model.statistics import JfjochStatistics
from jfjoch.model.status import BrokerStatus, MeasurementStatistics
from jfjoch.receiver.last_image import LastImage
from jfjoch.receiver.published_stream import PublishedStreams
from jfjoch.receiver.run_plots import RunPlots

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


class InMemorySettings:
    """Kept until the end of the test."""

    def __init__(self, machine: StateMachine) -> None:
        self._machine = machine
        self._present = SettingsSnapshot()

    def get(self, section: Section[S]) -> S:
        return self._present[section]

    def put(self, section: PlainSection[S], settings: S) -> None:
        self.change(section, lambda _: settings)

    def change(self, section: PlainSection[S], changed: Callable[[S], S]) -> None:
        self._machine.command(section.command)
        self._present = self._present.with_section(section, changed(self.get(section)))


class InMemoryPedestals:
    """One module, one storage cell; the pixel of row y and column x has 1000 stage + y + x / 1024.

    There is none before the detector is initialized.
    """

    def __init__(self, machine: StateMachine) -> None:
        self._machine = machine

    def image(self, stage: int, storage_cell: int) -> NDArray[np.float32] | None:
        if self._machine.state != "Idle" or stage not in range(3) or storage_cell != 0:
            return None
        pixels = np.arange(512 * 1024, dtype=np.float32).reshape(512, 1024) / 1024
        return pixels + np.float32(1000 * stage)


class InMemoryReport:
    """Of a broker that has no detector: only its status is known."""

    def __init__(self, status: Callable[[], BrokerStatus]) -> None:
        self._status = status

    def detector_status(self) -> DetectorStatus | None:
        return None

    def fpga_status(self) -> list[FpgaStatusInner]:
        return []

    def calibration(self) -> list[CalibrationStatisticsInner]:
        return []

    def pulse_ids(self) -> NDArray[np.int64] | None:
        return None

    def event_codes(self) -> NDArray[np.int64] | None:
        return None

    def statistics(self) -> JfjochStatistics:
        return JfjochStatistics(broker=self._status())


class InMemoryBroker:
    """Operations run until the test calls ``finish``."""

    def __init__(self) -> None:
        self.waits = OperationWaits()
        self.machine = StateMachine()
        self.settings = InMemorySettings(self.machine)
        self.report = InMemoryReport(self.status)
        self.streams = StreamSettings(self.settings, PublishedStreams())
        self.datasets: list[DatasetSettings] = []
        self.triggers = 0
        self.uploads: dict[int, bytes | NDArray[np.uint16]] = {}
        self.statistics: MeasurementStatistics | None = None
        self.plots = RunPlots()
        self.last_image = LastImage()
        self.previews = Previews(
            self.last_image, InMemoryPedestals(self.machine), lambda: self.settings.get(ROI)
        )
        self.start_failure = ""
        self.message = ""
        self._detector = DetectorSettings(frame_time_us=1000)
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

    def upload_generator_image(self, image_id: int, pixels: bytes | NDArray[np.uint16]) -> None:
        self.machine.command("put_generator_image")
        size = pixels.nbytes if isinstance(pixels, np.ndarray) else len(pixels)
        if size not in (RAW_BYTES, CONVERTED_BYTES):
            raise InvalidInput(
                f"expected {RAW_BYTES} (raw) or {CONVERTED_BYTES} bytes (converted), got {size}"
            )
        self.uploads[image_id] = pixels

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
