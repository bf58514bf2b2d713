"""Measuring the dark level: by itself, or after switching the detector on."""

import threading
from datetime import UTC, datetime

from jfjoch.broker.detector_system import DetectorSystem
from jfjoch.broker.standing import Ending
from jfjoch.broker.state_machine import Event
from jfjoch.errors import Cancelled, DetectorError
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.receiver.pedestal_run import PedestalRun


class PedestalOperation:
    """Measures and replaces the pedestal; a cancelled or failed one keeps the old (B073)."""

    title = "collecting pedestal"
    when_done: Event = "completed"
    when_failed: Event = "failed_needs_initialize"
    when_cancelled: Event = "cancelled"
    is_awaited = False

    def __init__(self, system: DetectorSystem, settings: DetectorSettings) -> None:
        self._system = system
        self._settings = settings
        self._cancelled = threading.Event()
        self._run = PedestalRun(
            system.frames, system.detector, settings, self._cancelled, system.receiver.frames
        )

    def run(self) -> Ending:
        """Measure, unless there is nothing to measure: then the calibration stays."""
        reason = self._nothing_to_measure
        if reason:
            return Ending(f"ready; {reason}, so no pedestal was measured")
        calibration = self._system.calibration
        pedestals = self._run.measure(calibration.pedestals, datetime.now(UTC))
        if self._cancelled.is_set():
            raise Cancelled("cancelled; the old calibration is kept")
        calibration.replace_pedestals(pedestals)
        return Ending("pedestal measured")

    def cancel(self) -> None:
        """End soon."""
        self._cancelled.set()

    def trigger(self) -> None:
        """Do nothing: dark frames come by themselves."""

    def progress(self) -> float:
        """Frames taken / frames to take."""
        return 1.0 if self._nothing_to_measure else self._run.progress()

    @property
    def _nothing_to_measure(self) -> str:
        """Say why; empty if there is."""
        if self._system.detector.type == "EIGER":
            return "an EIGER counts photons and has no pedestal"
        if self._settings.internal_frame_generator:
            return "frames come from the internal generator"
        return ""


class InitializeOperation(PedestalOperation):
    """Switches the detector on, then measures the pedestal (B018, B019)."""

    title = "initializing"
    when_cancelled: Event = "abandoned"

    def __init__(self, system: DetectorSystem, settings: DetectorSettings) -> None:
        super().__init__(system, settings)
        self._switched_on = threading.Event()

    def run(self) -> Ending:
        """Switch on and measure."""
        try:
            self._system.control.switch_on()
            self._switched_on.set()
            return super().run()
        except (Cancelled, DetectorError) as error:
            if not self._cancelled.is_set():
                raise
            self._system.control.switch_off()  # Inactive means off
            raise Cancelled("initialize was cancelled; the detector is off") from error

    def cancel(self) -> None:
        """End soon, also while the detector is being switched on."""
        super().cancel()
        if not self._switched_on.is_set():
            self._system.control.abandon()
