"""What a kill leaves of a file that was just being made, or just being given its name."""

import os
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from jfjoch.nxmx.partial_file import PARTIAL_SUFFIX, is_new_file

LEAST_AGE_S = 10.0
"""A writer that lives gives such a file its name within a moment."""
_OURS = re.compile(rf".+_(data_\d{{6,}}|master)\.h5{re.escape(PARTIAL_SUFFIX)}")


def remove_stray_files(directory: Path) -> Iterator[Path]:
    """Remove files below a directory that no image was ever written to; return what was removed.

    They lie under a name of their own only until they are whole. Links are not followed, and
    young files are left: their writer may be at work.
    """
    for path in _files_below(directory):
        if is_new_file(path.name) and _is_left_alone(path) and _remove(path):
            yield path


def remove_second_names(directory: Path) -> Iterator[Path]:
    """Take the temporary name from files that have their final one, too; return those names.

    A file has both for a moment, once it is complete; a writer that lives does not mind.
    """
    for path in _files_below(directory):
        is_ours = _OURS.fullmatch(path.name) and _has_final_name(path)
        if is_ours and _remove(path):
            yield path


def remove_placeholders(directory: Path) -> Iterator[Path]:
    """Remove empty files that only took the final name of a temporary one; return them.

    Where there are no hard links a kill in that moment leaves them.
    """
    for partial in _files_below(directory):
        final = partial.with_suffix("")
        if _OURS.fullmatch(partial.name) and _is_empty(final) and _remove(final):
            yield final


def _files_below(directory: Path) -> Iterator[Path]:
    for place, directories, names in os.walk(directory):
        directories.sort()
        for name in sorted(names):
            yield Path(place) / name


def _has_final_name(path: Path) -> bool:
    """Whether it is a plain file that has the final name, too."""
    try:
        state = path.lstat()
        is_same = os.path.samestat(state, path.with_suffix("").lstat())
    except OSError:  # no such file
        return False
    return is_same and stat.S_ISREG(state.st_mode)


def _is_empty(path: Path) -> bool:
    try:
        state = path.lstat()
    except OSError:  # no such file
        return False
    return stat.S_ISREG(state.st_mode) and state.st_size == 0


def _is_left_alone(path: Path) -> bool:
    """Whether it is a plain file that nobody has written to for a while."""
    try:
        state = path.lstat()
    except OSError:  # gone meanwhile
        return False
    return stat.S_ISREG(state.st_mode) and time.time() - state.st_mtime >= LEAST_AGE_S


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:  # gone meanwhile, or not ours to remove; it is in nobody's way
        return False
    return True
