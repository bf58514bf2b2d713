"""Numbers of runs that count on over restarts."""

import threading
from pathlib import Path

from jfjoch.broker.atomic_file import replace_text, set_aside
from jfjoch.errors import ConfigurationError
from jfjoch.model.base import INT64_MAX

FIRST_RUN_NUMBER = 1


class RunCounter:
    """The next run number, kept in the file ``run_number`` of the state directory. Thread-safe."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "run_number"
        self._lock = threading.Lock()
        self._next = self._read()

    def claim(self, given: int | None = None) -> int:
        """Return the number of a new run: ``given``, or the next one.

        Counting goes on after the highest number there was; a lower one given by hand is used
        once (B060). The file is written before the number is returned, so that no crash makes a
        number come twice. Raises OperationFailed when it can't be written.
        """
        with self._lock:
            number = self._next if given is None else given
            # The highest number of all has no successor: it is the only one that can repeat.
            following = min(max(self._next, number + 1), INT64_MAX)
            replace_text(self._path, f"{following}\n")
            self._next = following
            return number

    def _read(self) -> int:
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace").strip()
        except FileNotFoundError:
            return FIRST_RUN_NUMBER
        except OSError as error:
            raise ConfigurationError(
                f"{self._path}: expected a readable file, got: {error.strerror}"
            ) from error
        if text.isascii() and text.isdecimal() and len(text) <= len(str(INT64_MAX)):
            return min(int(text), INT64_MAX)
        set_aside(self._path, f"expected the next run number, got {text[:40]!r}")
        return FIRST_RUN_NUMBER
