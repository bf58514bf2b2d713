"""Room on a disk for the moment when it is full."""

import os
from contextlib import suppress
from pathlib import Path

RESERVES_BYTES = (4 << 20, 1 << 20)
"""The first that there is room for; tables of data files that can wait for being written."""


class DiskReserve:
    """Holds room back, so that files on a full disk can still be closed in good order.

    It is for the journal and the tables of the last flush, without which the last images are
    given up. Nobody sees the reserve, and it ends with the process. Without it, where the file
    system knows no files without a name (NFS) or has no room, all goes on.
    """

    def __init__(self, directory: Path) -> None:
        self._descriptor: int | None = None
        with suppress(OSError):
            self._descriptor = os.open(directory, os.O_TMPFILE | os.O_WRONLY, 0o600)
        for size_bytes in RESERVES_BYTES:
            if self._is_filled(size_bytes):
                return
        self.release()

    def _is_filled(self, size_bytes: int) -> bool:
        if self._descriptor is None:
            return False
        try:
            os.posix_fallocate(self._descriptor, 0, size_bytes)
        except OSError:
            return False
        return True

    def release(self) -> None:
        """Give the room back; idempotent."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
