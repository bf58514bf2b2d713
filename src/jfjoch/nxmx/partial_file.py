"""A file that gets its name only when it is whole."""

import errno
import os
from contextlib import suppress
from pathlib import Path

import h5py

from jfjoch.nxmx.storage import writing

PARTIAL_SUFFIX = ".partial"
_NO_HARD_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS)


class PartialFile:
    """An HDF5 file written beside its final name as ``<name>.partial``.

    What stands under the final name is therefore always whole, and nothing that already stands
    there is ever replaced, unless ``overwrite`` says so.
    """

    def __init__(self, path: Path, overwrite: bool = False) -> None:
        self.path = path
        self.partial_path = path.with_name(path.name + PARTIAL_SUFFIX)
        self._overwrite = overwrite

    def create(self) -> h5py.File:
        """Make and open the file under its temporary name.

        Raises FileRefused, naming path and errno; also when either name is taken.
        """
        if not self._overwrite and os.path.lexists(self.path):
            with writing(self.path):
                raise FileExistsError
        # The default library version bounds: newer ones can't be read by XDS plugins, nor after
        # a kill without SWMR.
        with writing(self.partial_path):
            return h5py.File(self.partial_path, "w" if self._overwrite else "x")

    def reopen(self) -> h5py.File:
        """Open the file again under its temporary name, to mend it. Raises FileRefused."""
        with writing(self.partial_path):
            return h5py.File(self.partial_path, "r+")

    def publish(self) -> None:
        """Give the closed file its final name.

        Raises FileRefused when something stands there by now; the file then keeps its temporary
        name.
        """
        with writing(self.path):
            if self._overwrite:
                self.partial_path.replace(self.path)
            else:
                self._rename_exclusively()

    def discard(self) -> None:
        """Remove what ``create`` made; only for a file that holds nothing worth keeping."""
        with suppress(OSError):  # it will then be in the way of a run of the same name, no more
            self.partial_path.unlink()

    def _rename_exclusively(self) -> None:
        try:
            os.link(self.partial_path, self.path)
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            self._rename_over_placeholder()
        else:
            self.partial_path.unlink()

    def _rename_over_placeholder(self) -> None:
        """Without hard links: take the name first, so that only our own file is replaced."""
        self.path.touch(exist_ok=False)
        self.partial_path.replace(self.path)
