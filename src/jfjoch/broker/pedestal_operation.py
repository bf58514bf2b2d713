"""Measuring the dark level: by itself, or after switching the detector on."""

import threading
from datetime import UTC, datetime

from jfjoch.broker.detector_system import DetectorSystem
from jfjoch.broker.state_machine import Event
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.receiver.pedestal_run import PedestalRun


class PedestalOperation:
    """Measures and replaces the pedestal; a cancelled or failed one keeps the old (B073)."""

    title = "collecting pedestal"
    when_done: Event = "completed"
    when_failed: Event = "failed_needs_initialize"
    when_cancelled: Event = "cancelled"

    def __init__(self, system: DetectorSystem, settings: DetectorSettings) -> None:
        self._system = system
        self._settings = settings
        self._cancelled = threading.Event()
        self._run = PedestalRun(system.frames, system.detector, settings, self._cancelled)

    def run(self) -> str:
        """Measure. With the internal generator nothing is measured: the calibration stays."""
        if self._settings.internal_frame_generator:
            return "ready; frames come from the internal generator, so no pedestal was measured"
        calibration = self._system.calibration
        pedestals = self._run.measure(calibration.pedestals, datetime.now(UTC))
        calibration.replace_pedestals(pedestals)
        return "pedestal measured"

    def cancel(self) -> None:
        """End soon."""
        self._cancelled.set()

    def progress(self) -> float:
        """Frames taken / frames to take."""
        return self._run.progress()


class InitializeOperation(PedestalOperation):
    """Switches the detector on, then measures the pedestal (B018, B019)."""

    title = "initializing"
    when_cancelled: Event = "abandoned"

    def run(self) -> str:
        """Switch on and measure."""
        self._system.control.switch_on()
        return super().run()
