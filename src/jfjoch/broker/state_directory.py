"""The directory in which the broker keeps what survives a restart."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from jfjoch.errors import ConfigurationError


def default_state_directory(environment: Mapping[str, str]) -> Path:
    """Return $XDG_STATE_HOME/jfjoch, else ~/.local/state/jfjoch (XDG Base Directory spec)."""
    base = environment.get("XDG_STATE_HOME", "")
    # The specification has relative values ignored.
    home = Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "state"
    return home / "jfjoch"


def open_state_directory(directory: Path) -> Path:
    """Create the directory where missing and return it, absolute.

    Raises ConfigurationError naming it when files can't be written there.
    """
    directory = directory.expanduser().absolute()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"state directory {directory}: expected a writable directory, got: {error.strerror}; "
            "give another one with --state-dir"
        ) from error
    return directory
