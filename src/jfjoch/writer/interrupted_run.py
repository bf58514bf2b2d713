"""The files of one run in a directory, before they are mended."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jfjoch.nxmx.file_prefix import FilePrefix
from jfjoch.nxmx.partial_file import PARTIAL_SUFFIX

_DATA_FILE = re.compile(r"(.+)_data_(\d{6,})\.h5(\.partial)?")


@dataclass(slots=True)
class InterruptedRun:
    """Data files by their number from 0; a number may be both finished and unfinished."""

    prefix: FilePrefix
    finished: set[int] = field(default_factory=set)
    unfinished: set[int] = field(default_factory=set)

    @property
    def has_master(self) -> bool:
        """Whether there is a finished master file."""
        return os.path.lexists(self.prefix.master_file)

    def path(self, number: int) -> Path:
        """Return where a data file is now."""
        path = self.prefix.data_file(number)
        return path if number in self.finished else path.with_name(path.name + PARTIAL_SUFFIX)


def find_runs(directory: Path) -> Iterator[InterruptedRun]:
    """Return the runs below a directory that may not be whole; links are not followed."""
    for place, directories, names in os.walk(directory):
        directories.sort()
        for run in _runs_in(Path(place), names):
            if run.unfinished or not run.has_master:
                yield run


def _runs_in(place: Path, names: list[str]) -> list[InterruptedRun]:
    runs: dict[str, InterruptedRun] = {}
    for name in sorted(names):
        match = _DATA_FILE.fullmatch(name)
        if match is None or int(match[2]) == 0 or not _is_plain_file(place / name):
            continue
        run = runs.setdefault(match[1], InterruptedRun(FilePrefix(place.resolve(), match[1])))
        (run.unfinished if match[3] else run.finished).add(int(match[2]) - 1)
    return list(runs.values())


def _is_plain_file(path: Path) -> bool:
    """A link leads to files of others, and a pipe would be waited for."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:  # gone meanwhile
        return False
