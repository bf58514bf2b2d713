"""The shared memory in which slsdet keeps its detector: every process has its own."""

import os
import re
from contextlib import suppress
from pathlib import Path

NAME_VARIABLE = "SLSDETNAME"
"""Environment variable by which slsdet takes a name."""

_FOLDER = Path("/dev/shm")
_OWNED = re.compile(r"slsDetectorPackage_.*_jfjoch_(\d+)")


def name_of(process_id: int) -> str:
    """Return the name of the shared memory of a process: two brokers never meet."""
    return f"jfjoch_{process_id}"


def remove_left_behind(folder: Path = _FOLDER) -> None:
    """Remove what processes have left that were killed; that of others is left alone."""
    for path in folder.glob("slsDetectorPackage_*"):
        match = _OWNED.fullmatch(path.name)
        if match and not _lives(int(match[1])):
            with suppress(OSError):  # of another user, or gone already
                path.unlink()


def _lives(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
