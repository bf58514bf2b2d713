"""Operations that their own request waits for, and that leave an Inactive broker."""

from jfjoch.broker.detector_system import DetectorSystem
from jfjoch.broker.live_settings import LiveSettings
from jfjoch.broker.selected_detector import SelectedDetector
from jfjoch.broker.settings_sections import DETECTOR_SETTINGS
from jfjoch.broker.standing import Ending
from jfjoch.broker.state_machine import Event
from jfjoch.broker.usable_settings import usable_settings
from jfjoch.detector.base import DetectorControl
from jfjoch.model.detector_settings import DetectorSettings


class _QuickOperation:
    """Not worth a progress, and over before it could be cancelled."""

    when_done: Event = "abandoned"
    when_failed: Event = "failed_needs_initialize"
    when_cancelled: Event = "abandoned"
    is_awaited = True

    def cancel(self) -> None:
        """Do nothing."""

    def trigger(self) -> None:
        """Do nothing."""

    def progress(self) -> float:
        """It has just begun."""
        return 0.0


class SwitchOffOperation(_QuickOperation):
    """Voltage and power off (B078)."""

    title = "switching the detector off"

    def __init__(self, control: DetectorControl) -> None:
        self._control = control

    def run(self) -> Ending:
        """Switch off. Raises DetectorError."""
        self._control.switch_off()
        return Ending("detector switched off", "info")


class SelectOperation(_QuickOperation):
    """Puts another detector, already built, in the place of the one in use (B133)."""

    def __init__(
        self,
        detectors: SelectedDetector,
        detector_id: int,
        settings: LiveSettings,
        configured: tuple[DetectorSettings, ...],
    ) -> None:
        """Build the detector. Raises OperationFailed; nothing has changed then."""
        self._detectors = detectors
        self._id = detector_id
        self._system = detectors.build(detector_id)
        self._settings = settings
        self._configured = configured

    @property
    def title(self) -> str:
        """Named by the detector."""
        return f"selecting {self._system.detector.description}"

    def run(self) -> Ending:
        """Switch the old one off, and adopt settings that the new one can do."""
        self._detectors.system.control.switch_off()
        objection = self._adopt_settings(self._system)
        self._detectors.replace(self._id, self._system)
        selected = f"{self._system.detector.description} selected; it is to be initialized"
        if not objection:
            return Ending(selected, "info")
        replaced = f"detector settings it can't do were replaced: {objection}"
        return Ending(f"{selected}; {replaced}", "warning")

    def _adopt_settings(self, system: DetectorSystem) -> str:
        """Change settings the newly selected detector can't do; return why, or nothing."""
        wanted = [self._settings.present[DETECTOR_SETTINGS], *self._configured]
        usable = usable_settings(system.detector, system.calibration.gains, wanted)
        if usable.objection:
            self._settings.change(DETECTOR_SETTINGS, usable.settings)
        return usable.objection
