"""An HDF5 file that changes from one whole state to the next."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import h5py

from jfjoch.nxmx.journaled_file import JournaledFile
from jfjoch.nxmx.write_behind import Outcome

_PAGE_BYTES = 4096
_ALIGNED_FROM_BYTES = 1 << 19
"""What is as large as this begins with a page: writing it then takes 3 to 8 % less time."""


class JournaledHdf5:
    """What is written becomes part of the file with ``commit``; what is not is gone with a kill.

    Owns an open file from its construction until ``close`` or ``abandon``. Methods raise OSError.
    """

    def __init__(self, path: Path) -> None:
        """Open a file that is there."""
        self._disk = JournaledFile(path)
        try:
            # The default library version bounds: XDS plugins can't read newer ones.
            self.file = h5py.File(
                self._disk,
                "r+",
                alignment_threshold=_ALIGNED_FROM_BYTES,
                alignment_interval=_PAGE_BYTES,
            )
        except BaseException:
            self._disk.close()
            raise

    def __enter__(self) -> "JournaledHdf5":
        return self

    def __exit__(self, *error: object) -> None:
        self.abandon()

    def fileno(self) -> int:
        """Return the descriptor of the file."""
        return self._disk.fileno()

    def lend(self, content: bytes | memoryview) -> None:
        """Let HDF5 find a place for these bytes; ``hand_over`` follows if it does."""
        self._disk.lend(content)

    def hand_over(self, name: int) -> None:
        """Begin to write what was lent, which must not change until ``take_back`` names it."""
        self._disk.hand_over(name)

    def take_back(self, is_all: bool) -> Sequence[Outcome]:
        """Return what became of each lent piece that is over by now; or wait for all of them."""
        return self._disk.take_back(is_all)

    def check(self) -> None:
        """Raise what the disk refused so far; HDF5 does not."""
        self._disk.check()

    def overwrite(self, place: int, content: bytes) -> None:
        """Write at that byte; what is there must mean nothing before the next commit."""
        self._disk.overwrite(place, content)

    @property
    def is_half_made(self) -> bool:
        """Whether a commit has failed so late that only ``finish_changes`` can mend the file."""
        return self._disk.is_half_made

    def commit(self) -> None:
        """Make everything so far part of the file; can be tried again unless it is half made."""
        if self.file:
            self.file.flush()
        self._disk.commit()

    def close(self) -> None:
        """Commit, and close the file."""
        self.file.close()
        self._disk.commit()
        self._disk.close()

    def abandon(self) -> None:
        """Close the file as it was committed last; idempotent."""
        with suppress(OSError, RuntimeError, SystemError):
            self.file.close()
        with suppress(OSError):
            self._disk.close()
