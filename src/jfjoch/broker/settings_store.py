"""Settings changed over HTTP, kept over restarts in ``settings.json``.

The file holds, per section, the settings in use and what the configuration file said about that
section when they were saved::

    {"version": 1, "sections": {"detector_settings": {"configured": {...} or null,
                                                      "value": {...}}}}

Whoever edits the configuration file wants what is written there: a saved section is used only
while the configuration file still says the same about it.
"""

import json
import logging
import threading
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from jfjoch.broker.atomic_file import replace_text, set_aside
from jfjoch.broker.settings_sections import S, Section
from jfjoch.broker.validation_text import first_error
from jfjoch.errors import ConfigurationError
from jfjoch.model.base import Settings

log = logging.getLogger(__name__)

VERSION = 1


class _StoredSection(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    configured: dict[str, Any] | None
    value: dict[str, Any]


class _StoredSettings(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    version: int = VERSION
    sections: dict[str, _StoredSection] = {}


class SettingsStore:
    """The settings file of a state directory. Thread-safe."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "settings.json"
        self._lock = threading.Lock()
        self._stored = self._read()

    def restore(self, section: Section[S], configured: S | None) -> S | None:
        """Return the saved settings of the section; None when there are none to be used.

        ``configured`` is what the configuration file says now. Saved settings that do not go
        with it are left out with a warning; a file that holds none is set aside.
        """
        with self._lock:
            stored = self._stored.sections.get(section.name)
            if stored is None:
                return None
            if stored.configured != _as_json(configured):
                log.warning(
                    "%s changed in the configuration file: it is used, and the settings saved in "
                    "%s are not",
                    section.name,
                    self._path,
                )
                return None
            return self._validated(section, stored)

    def save(self, section: Section[S], configured: S | None, value: S) -> None:
        """Keep ``value``, in use while the configuration file says ``configured``.

        Raises OperationFailed when the file can't be written; it then holds what it held.
        """
        kept = _StoredSection(
            configured=_as_json(configured), value=value.model_dump(mode="json", exclude_none=True)
        )
        with self._lock:
            if self._stored.sections.get(section.name) == kept:
                return
            changed = _StoredSettings(sections=self._stored.sections | {section.name: kept})
            text = json.dumps(changed.model_dump(), indent=1, allow_nan=False)
            replace_text(self._path, text + "\n")
            self._stored = changed

    def _validated(self, section: Section[S], stored: _StoredSection) -> S | None:
        try:
            return section.model.model_validate(stored.value)
        except ValidationError as error:
            set_aside(self._path, f"{section.name}: {first_error(error)}")
            self._stored = _StoredSettings()
            return None

    def _read(self) -> _StoredSettings:
        try:
            stored = _StoredSettings.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return _StoredSettings()
        except OSError as error:
            raise ConfigurationError(
                f"{self._path}: expected a readable file, got: {error.strerror}"
            ) from error
        except ValidationError as error:
            set_aside(self._path, first_error(error))
            return _StoredSettings()
        if stored.version != VERSION:
            set_aside(self._path, f"expected version {VERSION}, got {stored.version}")
            return _StoredSettings()
        return stored


def _as_json(settings: Settings | None) -> dict[str, Any] | None:
    return None if settings is None else settings.model_dump(mode="json", exclude_none=True)
