"""From a user's file prefix to names of files that lie below one directory."""

import errno
import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from jfjoch.errors import FileRefused
from jfjoch.nxmx.partial_file import PARTIAL_SUFFIX
from jfjoch.nxmx.storage import writing

MASTER_SUFFIX = "_master.h5"
_LONGEST_PREFIX = 4096
"""Characters; no path is longer on Linux."""
_LONGEST_NAME_BYTES = 255
_LONGEST_SUFFIX = f"_data_000000000.h5{PARTIAL_SUFFIX}"


@dataclass(frozen=True, slots=True)
class FilePrefix:
    """Where the files of one run go."""

    directory: Path
    """Absolute and resolved."""
    name: str
    """First part of every file name."""

    @property
    def master_file(self) -> Path:
        """Name of the master file."""
        return self.directory / f"{self.name}{MASTER_SUFFIX}"

    def data_file(self, file_number: int) -> Path:
        """Name of a data file; ``file_number`` counts from 0, names from 1."""
        return self.directory / f"{self.name}_data_{file_number + 1:06d}.h5"


def resolve_prefix(root: Path, prefix: str, follow_links: bool = False) -> FilePrefix:
    """Find the place ``prefix`` names below ``root``; makes the directories it needs.

    ``root`` is absolute and resolved. A trailing ``_master.h5`` is taken off. With
    ``follow_links`` symbolic links may lead out of the root.

    Raises FileRefused for anything that is not a plain relative name below the root, and where
    the directory can't be made or written to.
    """
    path = check_prefix(prefix)
    directory = Path(os.path.realpath(root / path.parent))
    if not follow_links and not directory.is_relative_to(root):
        raise FileRefused(
            f"file_prefix {prefix!r}: a symbolic link leads out of {root} to {directory}; "
            "use a directory below the root, or start the writer with --follow-links"
        )
    _make_directory(directory)
    return FilePrefix(directory, path.name)


def check_prefix(prefix: str) -> PurePosixPath:
    """Return the relative path that ``prefix`` spells, whatever there is on disk.

    Raises FileRefused for anything that is not a plain relative name (W008-W011).
    """
    if len(prefix) > _LONGEST_PREFIX:
        raise FileRefused(
            f"file_prefix of {len(prefix)} characters: expected at most {_LONGEST_PREFIX}"
        )
    shown = ascii(prefix)
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in prefix):
        raise FileRefused(f"file_prefix {shown}: NUL, control and surrogate characters are refused")
    if "\\" in prefix:
        raise FileRefused(f"file_prefix {shown}: a backslash is refused; separate with /")
    if prefix.startswith("/"):
        raise FileRefused(f"file_prefix {shown}: expected a path relative to the writer's root")
    stem = prefix.removesuffix(MASTER_SUFFIX)
    path = PurePosixPath(stem)
    if ".." in path.parts:
        raise FileRefused(f"file_prefix {shown}: .. is refused; name a place below the root")
    if not path.name or stem.endswith(("/", "/.")):
        raise FileRefused(f"file_prefix {shown}: expected a name after the last /")
    _check_lengths(path, shown)
    return path


def _check_lengths(path: PurePosixPath, shown: str) -> None:
    for part in (*path.parts[:-1], path.name + _LONGEST_SUFFIX):
        if len(os.fsencode(part)) > _LONGEST_NAME_BYTES:
            raise FileRefused(
                f"file_prefix {shown}: each part of the path may have {_LONGEST_NAME_BYTES} bytes, "
                f"the last one {_LONGEST_NAME_BYTES - len(_LONGEST_SUFFIX)}; choose a shorter name"
            )


def _make_directory(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise FileRefused(f"{directory} is a file; expected a directory there") from error
    except OSError as error:
        raise FileRefused(
            f"can't make directory {directory}: {error.strerror} (errno {error.errno})"
        ) from error
    with writing(directory):
        if not os.access(directory, os.W_OK | os.X_OK):
            is_read_only = os.statvfs(directory).f_flag & os.ST_RDONLY
            number = errno.EROFS if is_read_only else errno.EACCES
            raise OSError(number, os.strerror(number))
