"""What a kill leaves of a data file that was just being made."""

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from jfjoch.nxmx.partial_file import is_new_file

LEAST_AGE_S = 10.0
"""A writer that lives gives such a file its name within a moment."""


def remove_stray_files(directory: Path) -> Iterator[Path]:
    """Remove files below a directory that no image was ever written to; return what was removed.

    They lie under a name of their own only until they are whole. Links are not followed, and
    young files are left: their writer may be at work.
    """
    for place, directories, names in os.walk(directory):
        directories.sort()
        for name in sorted(filter(is_new_file, names)):
            path = Path(place) / name
            if _is_stray(path):
                yield path


def _is_stray(path: Path) -> bool:
    try:
        state = path.lstat()
        if not stat.S_ISREG(state.st_mode) or time.time() - state.st_mtime < LEAST_AGE_S:
            return False
        path.unlink()
    except OSError:  # gone meanwhile, or not ours to remove; it is in nobody's way
        return False
    return True
