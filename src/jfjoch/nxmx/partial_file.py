"""A file that gets its name only when it is whole."""

import errno
import os
import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from jfjoch.errors import FileRefused
from jfjoch.nxmx.journaled_hdf5 import JournaledHdf5
from jfjoch.nxmx.storage import writing

PARTIAL_SUFFIX = ".partial"
_NEW_FILE = re.compile(r"\.jfjoch-[0-9a-f]{16}\.new")
_NO_HARD_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS)


def is_new_file(name: str) -> bool:
    """Whether a file has the name of one that is just being made, and holds no image yet."""
    return _NEW_FILE.fullmatch(name) is not None


class PartialFile:
    """An HDF5 file written beside its final name as ``<name>.partial``.

    What stands under the final name is therefore always whole, and nothing that already stands
    there is ever replaced, unless ``overwrite`` says so. The path is absolute and resolved: no file
    is made where a symbolic link has come into it since.
    """

    def __init__(self, path: Path, overwrite: bool = False) -> None:
        self.path = path
        self.partial_path = path.with_name(path.name + PARTIAL_SUFFIX)
        self._overwrite = overwrite
        self._opened: os.stat_result | None = None

    def put(self, pieces: Iterable[bytes | memoryview]) -> None:
        """Make the file of these bytes under its temporary name.

        A kill at any moment leaves it whole or not there (at most a ``.jfjoch-*.new`` beside it).
        Raises FileRefused, naming path and errno; also when either name is taken.
        """
        self._refuse_existing()
        self.check_place()
        new = self.path.with_name(f".jfjoch-{secrets.token_hex(8)}.new")
        try:
            with writing(self.partial_path):
                with new.open("xb") as file:
                    file.writelines(pieces)
                self._rename(new, self.partial_path)
        finally:
            with suppress(OSError):
                new.unlink()

    def create_with(self, content: bytes | memoryview) -> JournaledHdf5:
        """Make the file with the bytes of an HDF5 file, and open it under its temporary name.

        Raises FileRefused as ``put`` does.
        """
        self.put([content])
        try:
            return self.reopen()
        except FileRefused:
            self.discard()
            raise

    def reopen(self) -> JournaledHdf5:
        """Open the file again under its temporary name, to mend it. Raises FileRefused."""
        with writing(self.partial_path):
            opened = JournaledHdf5(self.partial_path)
            self._opened = os.fstat(opened.fileno())
            return opened

    def check_place(self) -> None:
        """Raise FileRefused when the directory has become, or lies behind, a symbolic link."""
        directory = self.path.parent
        real = os.path.realpath(directory)
        if real != str(directory):
            raise FileRefused(
                f"{directory} has become a link to {real} meanwhile, and nothing is written there; "
                "put the directory back"
            )

    def check_present(self) -> None:
        """Raise FileRefused when the file opened last is not, or not any more, what has the name.

        Removed files take what is written as if nothing were wrong.
        """
        with writing(self.partial_path):
            found = self.partial_path.lstat()
            if self._opened is None or not os.path.samestat(found, self._opened):
                raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    def is_gone(self) -> bool:
        """Whether somebody has removed the file opened last; not if nobody can tell."""
        try:
            found = self.partial_path.lstat()
        except OSError as error:
            return isinstance(error, FileNotFoundError | NotADirectoryError)
        return self._opened is None or not os.path.samestat(found, self._opened)

    def publish(self) -> None:
        """Give the closed file its final name.

        Raises FileRefused when something stands there by now; the file then keeps its temporary
        name.
        """
        with writing(self.path):
            self._rename(self.partial_path, self.path)

    def discard(self) -> None:
        """Remove the file under its temporary name; only if it holds nothing worth keeping."""
        with suppress(OSError):  # it will then be in the way of a run of the same name, no more
            self.partial_path.unlink()

    def _refuse_existing(self) -> None:
        if not self._overwrite and os.path.lexists(self.path):
            with writing(self.path):
                raise FileExistsError

    def _rename(self, old: Path, new: Path) -> None:
        if self._overwrite:
            old.replace(new)
        else:
            _rename_exclusively(old, new)


def _rename_exclusively(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        # Without hard links: take the name first, so that only our own file is replaced.
        new.touch(exist_ok=False)
        try:
            old.replace(new)
        except OSError:
            new.unlink(missing_ok=True)
            raise
    else:
        old.unlink(missing_ok=True)  # recovery may have seen both names, and removed this one
