"""The broker: every command of the HTTP interface, from any thread, as a plain method."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from jfjoch.broker.detector_system import DetectorSystem
from jfjoch.broker.live_settings import LiveSettings
from jfjoch.broker.operation import Operation, OperationDesk
from jfjoch.broker.pedestal_age import pedestal_warning
from jfjoch.broker.pedestal_operation import InitializeOperation, PedestalOperation
from jfjoch.broker.quick_operation import SelectOperation, SwitchOffOperation
from jfjoch.broker.run_operation import RunOperation, RunRecord
from jfjoch.broker.run_preparation import RunPreparation
from jfjoch.broker.selected_detector import SelectedDetector
from jfjoch.broker.state_machine import Command
from jfjoch.broker.waits import OperationWaits
from jfjoch.geometry.pixel_mask import mask_statistics
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.detector_list import DetectorList
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.experiment import Experiment
from jfjoch.model.image_format import ImageFormatSettings
from jfjoch.model.instrument import InstrumentMetadata
from jfjoch.model.pixel_mask_statistics import PixelMaskStatistics
from jfjoch.model.status import BrokerStatus, MeasurementStatistics

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BrokerParts:
    """What the composition root gives to the broker."""

    detectors: SelectedDetector
    settings: LiveSettings
    configured_settings: tuple[DetectorSettings, ...]
    """What the configuration file says, if anything."""
    runs: RunPreparation


class Broker:
    """Carries out commands; raises WrongState, InvalidInput or OperationFailed."""

    def __init__(self, parts: BrokerParts) -> None:
        self._parts = parts
        self._desk = OperationDesk()
        self._last_run: RunRecord | None = None

    @property
    def waits(self) -> OperationWaits:
        """Where clients wait for the end of an operation."""
        return self._desk.waits

    def status(self) -> BrokerStatus:
        """State, progress and message; in Idle a warning when the pedestal has grown old."""
        status = self._desk.status()
        if status.state != "Idle" or status.message_severity == "error":
            return status
        warning = pedestal_warning(
            self._system.calibration.pedestals, self.detector_settings(), datetime.now(UTC)
        )
        if warning is None:
            return status
        return status.model_copy(update={"message": warning, "message_severity": "warning"})

    def measurement_statistics(self) -> MeasurementStatistics | None:
        """The present or last run; None before the first."""
        run = self._last_run
        return None if run is None else run.statistics()

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
        return self._parts.settings.present.detector_settings

    def set_detector_settings(self, settings: DetectorSettings) -> None:
        """Save; in Idle a pedestal follows in the background (B079, B080)."""

        def save() -> PedestalOperation:
            self._system.check_settings(settings)
            self._parts.settings.set_detector_settings(settings)
            return self._pedestal_operation()

        self._desk.begin("put_detector", save)

    def image_format(self) -> ImageFormatSettings:
        """The settings in force."""
        return self._parts.settings.present.image_format

    def set_image_format(self, settings: ImageFormatSettings) -> None:
        """Save (B101)."""
        self._change_image_format(lambda _: settings)

    def set_raw_format(self) -> None:
        """Switch off all that changes a pixel (B113)."""
        self._change_image_format(ImageFormatSettings.as_raw)

    def set_conversion_format(self) -> None:
        """Switch full conversion on (B114)."""
        self._change_image_format(ImageFormatSettings.as_converted)

    def instrument(self) -> InstrumentMetadata:
        """Names of source and instrument."""
        return self._parts.settings.present.instrument

    def set_instrument(self, metadata: InstrumentMetadata) -> None:
        """Save (B096)."""
        settings = self._parts.settings
        self._desk.change("put_settings", lambda: settings.set_instrument(metadata))

    # Pixels

    def upload_generator_image(self, image_id: int, pixels: bytes | NDArray[np.uint16]) -> None:
        """Store a frame for the internal generator (B128-B131)."""
        self._desk.change(
            "put_generator_image", lambda: self._system.store_generator_image(image_id, pixels)
        )

    def pixel_mask(self) -> NDArray[np.uint32]:
        """Mask of the images as a run would send it now (B182)."""
        return self._system.pixel_mask(self._experiment())

    def pixel_mask_statistics(self) -> PixelMaskStatistics:
        """How many pixels of the detector are masked, by reason (B175)."""
        return mask_statistics(self._system.raw_pixel_mask(self._experiment()))

    def user_mask(self) -> NDArray[np.uint32]:
        """What was uploaded, in the form of the images (B183)."""
        return self._system.user_mask_image(self.image_format())

    def upload_user_mask(self, pixels: bytes | NDArray[np.uint32]) -> None:
        """Mask these pixels from now on, besides those bad by themselves (B184-B188)."""

        def keep() -> None:
            self._system.user_mask.replace(self._system.as_user_mask(pixels))

        self._desk.change("put_user_mask", keep)
        _log.info("user mask replaced; masked pixels: %s", self.pixel_mask_statistics())

    def close(self) -> None:
        """Cancel what runs, wait for its end, switch the detector off, let go of sockets."""
        self._desk.close()
        self._system.control.switch_off()
        self._parts.runs.sink.close()

    @property
    def _system(self) -> DetectorSystem:
        return self._parts.detectors.system

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

    def _change_image_format(
        self, changed: Callable[[ImageFormatSettings], ImageFormatSettings]
    ) -> None:
        settings = self._parts.settings
        self._desk.change(
            "put_settings", lambda: settings.set_image_format(changed(self.image_format()))
        )

    def _experiment(self) -> Experiment:
        present = self._parts.settings.present
        return Experiment(
            self._system.detector,
            present.detector_settings,
            present.image_format,
            present.instrument,
        )
