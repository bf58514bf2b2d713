"""Settings as their users see them: read at any time, changed where the state allows it."""

from collections.abc import Callable

from jfjoch.broker.live_settings import LiveSettings
from jfjoch.broker.operation import OperationDesk
from jfjoch.broker.settings_sections import PlainSection, S, Section


class SettingsDesk:
    """Those of which a change needs nothing but to be kept. Thread-safe."""

    def __init__(self, settings: LiveSettings, desk: OperationDesk) -> None:
        self._settings = settings
        self._desk = desk

    def get(self, section: Section[S]) -> S:
        """Return the settings in force."""
        return self._settings.present[section]

    def put(self, section: PlainSection[S], settings: S) -> None:
        """Use other settings from now on. Raises WrongState, or OperationFailed; see ``change``."""
        self.change(section, lambda _: settings)

    def change(self, section: PlainSection[S], changed: Callable[[S], S]) -> None:
        """Use what ``changed`` makes of the present settings.

        Raises WrongState where they may not be changed now, and OperationFailed when they can't
        be kept over a restart; the old ones stay in force then.
        """

        def keep() -> None:
            self._settings.change(section, changed(self.get(section)))

        self._desk.change(section.command, keep)
