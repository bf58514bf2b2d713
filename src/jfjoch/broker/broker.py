"""The broker: every command of the HTTP interface, from any thread, as a plain method."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from jfjoch.broker.detector_system import DetectorSystem
from jfjoch.broker.live_settings import LiveSettings
from jfjoch.broker.moment import Moment
from jfjoch.broker.operation import Operation, OperationDesk
from jfjoch.broker.pedestal_images import PedestalImages
from jfjoch.broker.pedestal_operation import InitializeOperation, PedestalOperation
from jfjoch.broker.previews import Previews
from jfjoch.broker.quick_operation import SelectOperation, SwitchOffOperation
from jfjoch.broker.run_operation import RunOperation, RunRecord
from jfjoch.broker.run_preparation import RunPreparation
from jfjoch.broker.selected_detector import SelectedDetector
from jfjoch.broker.settings_desk import SettingsDesk
from jfjoch.broker.settings_sections import DETECTOR_SETTINGS, IMAGE_FORMAT, ROI
from jfjoch.broker.state_machine import Command
from jfjoch.broker.statistics_report import StatisticsReport
from jfjoch.broker.stream_settings import StreamSettings
from jfjoch.broker.waits import OperationWaits
from jfjoch.errors import DetectorError
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.detector_list import DetectorList
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.experiment import Experiment
from jfjoch.model.roi import RoiDefinitions
from jfjoch.model.status import BrokerStatus, MeasurementStatistics
from jfjoch.receiver.last_image import LastImage, was_indexed
from jfjoch.receiver.published_stream import PublishedStreams
from jfjoch.receiver.run_plots import RunPlots

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BrokerParts:
    """What the composition root gives to the broker."""

    detectors: SelectedDetector
    settings: LiveSettings
    configured_settings: tuple[DetectorSettings, ...]
    """What the configuration file says, if anything."""
    runs: RunPreparation
    streams: PublishedStreams = field(default_factory=PublishedStreams)
    """Already open."""
    last_image: LastImage = field(default_factory=LastImage)
    """Is shown the images of every run."""
    last_indexed: LastImage = field(default_factory=lambda: LastImage(takes=was_indexed))
    """Is shown them too, and keeps those that were indexed."""


class Broker:
    """Carries out commands; raises WrongState, InvalidInput or OperationFailed."""

    def __init__(self, parts: BrokerParts) -> None:
        self._parts = parts
        self._desk = OperationDesk()
        self._settings = SettingsDesk(parts.settings, self._desk)
        self._streams = StreamSettings(self._settings, parts.streams)
        self._previews = Previews(
            parts.last_image, self._pedestal_images(), self._roi, parts.last_indexed
        )
        self._last_run: RunRecord | None = None
        self._report = StatisticsReport(self._moment, parts.detectors.listed, self._streams)

    @property
    def waits(self) -> OperationWaits:
        """Where clients wait for the end of an operation."""
        return self._desk.waits

    @property
    def settings(self) -> SettingsDesk:
        """Settings that are changed without more ado."""
        return self._settings

    @property
    def streams(self) -> StreamSettings:
        """Settings of the preview and the metadata stream."""
        return self._streams

    @property
    def plots(self) -> RunPlots:
        """Of the present or last run; empty before the first."""
        run = self._last_run
        return RunPlots() if run is None else run.plots

    @property
    def report(self) -> StatisticsReport:
        """What is told to watchers."""
        return self._report

    @property
    def previews(self) -> Previews:
        """Of the last image and of the pedestal."""
        return self._previews

    @property
    def run_number(self) -> int | None:
        """Of the run that is on; None when none is."""
        operation = self._desk.current
        return operation.record.plan.run.number if isinstance(operation, RunOperation) else None

    def status(self) -> BrokerStatus:
        """State, progress and message; in Idle a warning when the pedestal has grown old."""
        return self._moment().status()

    def measurement_statistics(self) -> MeasurementStatistics | None:
        """The present or last run; None before the first."""
        run = self._last_run
        return None if run is None else run.statistics(run.counts.snapshot())

    # Operations

    def initialize(self) -> None:
        """Switch the detector on and measure its pedestal, in the background (B018-B024)."""
        self._desk.begin(
            "initialize", lambda: InitializeOperation(self._system, self.detector_settings())
        )

    def pedestal(self) -> None:
        """Measure the pedestal, in the background (B025-B030)."""
        self._desk.begin("pedestal", self._pedestal_operation)

    def start(self, dataset: DatasetSettings) -> None:
        """Arm a run; returns when it takes triggers (B031-B033)."""
        run, finished = self._desk.begin("start", lambda: self._run_operation(dataset))
        run.wait_until_armed(finished)

    def trigger(self) -> None:
        """Release the images of one trigger; counts only while measuring (B072)."""
        self._desk.trigger()

    def cancel(self) -> None:
        """End what runs, gracefully; no effect when nothing runs (B073-B076)."""
        self._desk.cancel()

    def deactivate(self) -> None:
        """Switch the detector off (B078)."""
        self._complete("deactivate", lambda: SwitchOffOperation(self._system.control))

    def select_detector(self, detector_id: int) -> None:
        """Use another detector, which is to be initialized then (B133)."""
        parts = self._parts
        self._complete(
            "select_detector",
            lambda: SelectOperation(
                parts.detectors, detector_id, parts.settings, parts.configured_settings
            ),
        )

    # Settings

    def detector_list(self) -> DetectorList:
        """The configured detectors, and which is in use (B132)."""
        return self._parts.detectors.listed()

    def detector_settings(self) -> DetectorSettings:
        """The settings in force."""
        return self._settings.get(DETECTOR_SETTINGS)

    def set_detector_settings(self, settings: DetectorSettings) -> None:
        """Save; in Idle a pedestal follows in the background (B079, B080)."""

        def save() -> PedestalOperation:
            self._system.check_settings(settings)
            self._parts.settings.change(DETECTOR_SETTINGS, settings)
            return self._pedestal_operation()

        self._desk.begin("put_detector", save)

    # Pixels

    def upload_generator_image(self, image_id: int, pixels: bytes | NDArray[np.uint16]) -> None:
        """Store a frame for the internal generator (B128-B131)."""
        self._desk.change(
            "put_generator_image", lambda: self._system.store_generator_image(image_id, pixels)
        )

    def pixel_mask(self) -> NDArray[np.uint32]:
        """Mask of the images as a run would send it now (B182)."""
        return self._system.pixel_mask(self._experiment())

    def user_mask(self) -> NDArray[np.uint32]:
        """What was uploaded, in the form of the images (B183)."""
        return self._system.user_mask_image(self._settings.get(IMAGE_FORMAT))

    def upload_user_mask(self, pixels: bytes | NDArray[np.uint32]) -> None:
        """Mask these pixels from now on, besides those bad by themselves (B184-B188)."""

        def keep() -> None:
            self._system.user_mask.replace(self._system.as_user_mask(pixels))

        self._desk.change("put_user_mask", keep)
        _log.info("user mask replaced; masked pixels: %s", self._report.pixel_mask())

    def close(self) -> None:
        """Cancel what runs, wait for its end, switch the detector off, let go of sockets."""
        self._desk.close()
        try:
            self._system.control.switch_off()
        except DetectorError as error:
            _log.warning("%s", error)
        self._parts.runs.sink.close()
        self._parts.streams.close()
        self._previews.close()

    @property
    def _system(self) -> DetectorSystem:
        return self._parts.detectors.system

    def _pedestal_images(self) -> PedestalImages:
        parts = self._parts
        return PedestalImages(
            parts.detectors, parts.settings, lambda: self._desk.resting_state == "Idle"
        )

    def _roi(self) -> RoiDefinitions:
        return self._settings.get(ROI)

    def _complete(self, command: Command, make: Callable[[], Operation]) -> None:
        """Carry out an operation and wait for its end; raise what has failed."""
        _, finished = self._desk.begin(command, make)
        error = finished.result()
        if error is not None:
            raise error

    def _pedestal_operation(self) -> PedestalOperation:
        return PedestalOperation(self._system, self.detector_settings())

    def _run_operation(self, dataset: DatasetSettings) -> RunOperation:
        return self._parts.runs.prepare(self._system, self._experiment(), dataset, self._armed)

    def _armed(self, run: RunOperation) -> None:
        self._last_run = run.record
        self._desk.armed()

    def _experiment(self) -> Experiment:
        return self._parts.settings.present.experiment(self._system.detector)

    def _moment(self) -> Moment:
        if self._last_run is not None:
            self._desk.correct(self._last_run.losses.correction)
        system = self._system
        return Moment(
            self._desk.standing,
            self._parts.settings.present,
            system,
            system.calibration.pedestals,
            system.user_mask.present,
            self._desk.resting_state == "Idle",
            self._last_run,
        )
