"""The settings a user may change while the broker runs."""

from dataclasses import dataclass, replace

from jfjoch.broker.settings_store import (
    DETECTOR_SETTINGS,
    IMAGE_FORMAT,
    INSTRUMENT,
    SettingsStore,
)
from jfjoch.model.configuration import JfjochSettings
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.image_format import ImageFormatSettings
from jfjoch.model.instrument import InstrumentMetadata


@dataclass(frozen=True, slots=True)
class SettingsSnapshot:
    """All of them at one moment."""

    detector_settings: DetectorSettings
    image_format: ImageFormatSettings
    instrument: InstrumentMetadata


class LiveSettings:
    """Holds the present settings; a change is on disk before it comes into force.

    Readers may come from any thread and see a whole snapshot; one thread at a time may change.
    """

    def __init__(
        self, initial: SettingsSnapshot, configuration: JfjochSettings, store: SettingsStore
    ) -> None:
        self._present = initial
        self._configuration = configuration
        self._store = store

    @property
    def present(self) -> SettingsSnapshot:
        """The settings in force."""
        return self._present

    def set_detector_settings(self, settings: DetectorSettings) -> None:
        """Keep, then use. Raises OperationFailed when they can't be kept."""
        self._store.save(DETECTOR_SETTINGS, self._configuration.detector_settings, settings)
        self._present = replace(self._present, detector_settings=settings)

    def set_image_format(self, settings: ImageFormatSettings) -> None:
        """Keep, then use. Raises OperationFailed when they can't be kept."""
        self._store.save(IMAGE_FORMAT, self._configuration.image_format, settings)
        self._present = replace(self._present, image_format=settings)

    def set_instrument(self, metadata: InstrumentMetadata) -> None:
        """Keep, then use. Raises OperationFailed when it can't be kept."""
        self._store.save(INSTRUMENT, self._configuration.instrument, metadata)
        self._present = replace(self._present, instrument=metadata)
