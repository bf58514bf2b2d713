"""The settings a user may change while the broker runs."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.image_format import ImageFormatSettings


@dataclass(frozen=True, slots=True)
class SettingsSnapshot:
    """All of them at one moment."""

    detector_settings: DetectorSettings
    image_format: ImageFormatSettings


class LiveSettings:
    """Holds the present settings; ``keep`` stores a snapshot before it comes into force."""

    def __init__(self, initial: SettingsSnapshot, keep: Callable[[SettingsSnapshot], None]) -> None:
        self._lock = threading.Lock()
        self._present = initial
        self._keep = keep

    @property
    def present(self) -> SettingsSnapshot:
        """The settings in force."""
        return self._present

    def set_detector_settings(self, settings: DetectorSettings) -> None:
        """Store the settings, then put them in force."""
        with self._lock:
            self._change(replace(self._present, detector_settings=settings))

    def set_image_format(self, settings: ImageFormatSettings) -> None:
        """Store the settings, then put them in force."""
        with self._lock:
            self._change(replace(self._present, image_format=settings))

    def _change(self, changed: SettingsSnapshot) -> None:
        self._keep(changed)
        self._present = changed
