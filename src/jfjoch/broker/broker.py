"""The broker: every command of the HTTP interface, from any thread, as a plain method."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from jfjoch.broker.detector_system import DetectorSystem
from jfjoch.broker.live_settings import LiveSettings
from jfjoch.broker.operation import OperationDesk
from jfjoch.broker.pedestal_age import pedestal_warning
from jfjoch.broker.pedestal_operation import InitializeOperation, PedestalOperation
from jfjoch.broker.run_counter import RunCounter
from jfjoch.broker.run_operation import RunOperation
from jfjoch.broker.waits import OperationWaits
from jfjoch.messages.ports import ImageSink
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.experiment import Experiment
from jfjoch.model.image_format import ImageFormatSettings
from jfjoch.model.instrument import InstrumentMetadata
from jfjoch.model.plan import RunIdentity
from jfjoch.model.status import BrokerStatus, MeasurementStatistics
from jfjoch.receiver.detector_limits import check_detector_settings
from jfjoch.receiver.receiver import Receiver, Surroundings


@dataclass(frozen=True, slots=True)
class BrokerParts:
    """What the composition root gives to the broker."""

    system: DetectorSystem
    instrument: InstrumentMetadata
    settings: LiveSettings
    receiver: Receiver
    sink: ImageSink
    """Where images of runs with a file prefix go."""
    sink_without_files: ImageSink
    run_counter: RunCounter


class Broker:
    """Carries out commands; raises WrongState, InvalidInput or OperationFailed."""

    def __init__(self, parts: BrokerParts) -> None:
        self._parts = parts
        self._desk = OperationDesk()
        self._run: RunOperation | None = None

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
            self._parts.system.calibration.pedestals, self.detector_settings(), datetime.now(UTC)
        )
        if warning is None:
            return status
        return status.model_copy(update={"message": warning, "message_severity": "warning"})

    def measurement_statistics(self) -> MeasurementStatistics | None:
        """The present or last run; None before the first."""
        run = self._run
        return None if run is None else run.statistics()

    def initialize(self) -> None:
        """Switch the detector on and measure its pedestal, in the background (B018-B024)."""
        operation = InitializeOperation(self._parts.system, self.detector_settings())
        self._desk.take("initialize", operation)
        self._desk.carry_out(operation)

    def pedestal(self) -> None:
        """Measure the pedestal, in the background (B025-B030)."""
        operation = PedestalOperation(self._parts.system, self.detector_settings())
        self._desk.take("pedestal", operation)
        self._desk.carry_out(operation)

    def start(self, dataset: DatasetSettings) -> None:
        """Arm a run; returns when it takes triggers (B031-B033)."""
        self._desk.check("start")
        run = self._prepare(dataset)
        self._desk.take("start", run)
        try:
            run.arm()
        except Exception as error:
            self._desk.end("failed_run", str(error), "error", reported=True)
            raise
        self._run = run
        self._desk.armed()
        self._desk.carry_out(run)

    def trigger(self) -> None:
        """Release the images of one trigger; counts only while measuring (B072)."""
        run = self._run
        if self._desk.take("trigger").effect == "accept" and run is not None:
            run.trigger()

    def cancel(self) -> None:
        """End what runs, gracefully; no effect when nothing runs (B073-B076)."""
        self._desk.cancel()

    def deactivate(self) -> None:
        """Switch the detector off (B078)."""
        self._desk.take("deactivate")
        try:
            self._parts.system.control.switch_off()
        except Exception as error:
            self._desk.end("failed_needs_initialize", str(error), "error", reported=True)
            raise
        self._desk.end("abandoned", "detector switched off", "info")

    def detector_settings(self) -> DetectorSettings:
        """The settings in force."""
        return self._parts.settings.present.detector_settings

    def set_detector_settings(self, settings: DetectorSettings) -> None:
        """Save; in Idle a pedestal follows in the background (B079, B080)."""
        check_detector_settings(self._parts.system.detector, settings)
        operation = PedestalOperation(self._parts.system, settings)
        save = partial(self._parts.settings.set_detector_settings, settings)
        if self._desk.take("put_detector", operation, save).effect == "enter":
            self._desk.carry_out(operation)

    def image_format(self) -> ImageFormatSettings:
        """The settings in force."""
        return self._parts.settings.present.image_format

    def set_image_format(self, settings: ImageFormatSettings) -> None:
        """Save (B101)."""
        save = partial(self._parts.settings.set_image_format, settings)
        self._desk.take("put_settings", change=save)

    def set_raw_format(self) -> None:
        """Switch off all that changes a pixel (B113)."""
        self.set_image_format(self.image_format().as_raw())

    def set_conversion_format(self) -> None:
        """Switch full conversion on (B114)."""
        self.set_image_format(self.image_format().as_converted())

    def upload_generator_image(self, image_id: int, pixels: bytes | NDArray[np.uint16]) -> None:
        """Store a frame for the internal generator (B128-B131)."""
        store = partial(self._parts.system.store_generator_image, image_id, pixels)
        self._desk.take("put_generator_image", change=store)

    def close(self) -> None:
        """Cancel what runs, wait for its end, switch the detector off, let go of sockets."""
        self._desk.cancel()
        self._desk.close()
        self._parts.system.control.switch_off()
        self._parts.sink.close()

    def _prepare(self, dataset: DatasetSettings) -> RunOperation:
        parts = self._parts
        present = parts.settings.present
        experiment = Experiment(
            parts.system.detector, present.detector_settings, present.image_format, parts.instrument
        )
        surroundings = Surroundings(
            sources=parts.system.source,
            calibration=parts.system.calibration.present,
            sink=parts.sink,
            sink_without_files=parts.sink_without_files,
        )
        claim_run = partial(self._claim_run, dataset)
        measurement = parts.receiver.prepare(experiment, dataset, claim_run, surroundings)
        return RunOperation(measurement, dataset)

    def _claim_run(self, dataset: DatasetSettings) -> RunIdentity:
        """Number as given or the next one; the name defaults to number:prefix (B060, B061)."""
        number = self._parts.run_counter.claim(dataset.run_number)
        name = dataset.run_name
        return RunIdentity(number, f"{number}:{dataset.file_prefix}" if name is None else name)
