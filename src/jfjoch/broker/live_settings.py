"""The settings a user may change while the broker runs."""

from collections.abc import Mapping
from typing import cast

from jfjoch.broker.settings_sections import (
    AZIM_INT,
    DETECTOR_SETTINGS,
    IMAGE_FORMAT,
    INSTRUMENT,
    ROI,
    SECTIONS,
    SPOT_FINDING,
    S,
    Section,
)
from jfjoch.broker.settings_store import SettingsStore
from jfjoch.model.base import Settings
from jfjoch.model.configuration import JfjochSettings
from jfjoch.model.detector import Detector
from jfjoch.model.experiment import Experiment


class SettingsSnapshot:
    """All sections at one moment: ``snapshot[IMAGE_FORMAT]`` and so on; never changes."""

    def __init__(self, changed: Mapping[str, Settings] | None = None) -> None:
        """Take settings by the name of their section; the others have their defaults."""
        self._values = {section.name: section.default for section in SECTIONS} | dict(changed or {})

    def __getitem__(self, section: Section[S]) -> S:
        """Return the settings of a section."""
        return cast(S, self._values[section.name])

    def with_section(self, section: Section[S], settings: S) -> "SettingsSnapshot":
        """Return a copy in which one section is another."""
        return SettingsSnapshot(self._values | {section.name: settings})

    def experiment(self, detector: Detector) -> Experiment:
        """Return what a run of the detector is planned from."""
        return Experiment(
            detector,
            self[DETECTOR_SETTINGS],
            self[IMAGE_FORMAT],
            self[INSTRUMENT],
            self[AZIM_INT],
            self[SPOT_FINDING],
            self[ROI],
        )


class LiveSettings:
    """Holds the present settings; a change is on disk before it comes into force.

    Readers may come from any thread and see a whole snapshot, without waiting; one thread at a
    time may change.
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

    def change(self, section: Section[S], settings: S) -> None:
        """Keep, then use. Raises OperationFailed when they can't be kept."""
        self._store.save(section, section.configured(self._configuration), settings)
        self._present = self._present.with_section(section, settings)


def restored_settings(configuration: JfjochSettings, store: SettingsStore) -> SettingsSnapshot:
    """Return what was saved, else what the configuration file says, else the defaults."""
    found = {section.name: _restored(section, configuration, store) for section in SECTIONS}
    return SettingsSnapshot(found)


def _restored(section: Section[S], configuration: JfjochSettings, store: SettingsStore) -> S:
    configured = section.configured(configuration)
    return store.restore(section, configured) or configured or section.default
