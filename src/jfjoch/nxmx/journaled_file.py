"""A file that changes from one whole state to the next."""

import os
from pathlib import Path

from jfjoch.nxmx.file_lock import lock_file
from jfjoch.nxmx.journal import journal_bytes


class JournaledFile:
    """What h5py writes to in place of a file.

    HDF5 overwrites its tables piece by piece, and a kill between two pieces leaves images that
    nobody finds. Here what the file consists of stays as it is until ``commit``, which puts a
    journal behind its end first; ``finish_changes`` makes the file whole after a kill at any
    moment. What HDF5 adds behind the end goes to the disk at once, as nothing points to it yet.

    HDF5 never hears of a disk that takes nothing, because some errors make it crash: ``check`` and
    ``commit`` raise them.
    """

    def __init__(self, path: Path) -> None:
        """Open a file that is there, and keep others from opening it. Raises OSError."""
        self._descriptor = os.open(path, os.O_RDWR)
        try:
            lock_file(self._descriptor)
            size = os.fstat(self._descriptor).st_size
        except OSError:
            os.close(self._descriptor)
            raise
        self._committed = size
        """Bytes of the file as of the last commit."""
        self._length = size
        """Bytes of the file as HDF5 sees it."""
        self._end = size
        """Of what is on the disk."""
        self._position = 0
        self._changes: dict[tuple[int, int], bytes] = {}
        """Place and size, and what waits for the next commit; in the order it came."""
        self._refused: OSError | None = None
        self._is_refusing = False
        """Whether all waits for the next commit, as the disk has not taken something."""
        self._is_half_made = False
        """Whether the file ends with a journal of changes that the disk did not take."""

    def fileno(self) -> int:
        """Return the descriptor of the file."""
        return self._descriptor

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place in the file."""
        origins = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._length}
        self._position = origins[whence] + offset
        return self._position

    def tell(self) -> int:
        """Return the place in the file."""
        return self._position

    def read(self, size: int) -> bytearray:
        """Return what HDF5 has written, on the disk or not. Raises OSError."""
        begin, end = self._position, min(self._position + size, self._length)
        content = bytearray(os.pread(self._descriptor, max(0, end - begin), begin))
        content.extend(bytes(max(0, end - begin - len(content))))
        for (place, _), change in self._changes.items():
            first, last = max(begin, place), min(end, place + len(change))
            if first < last:
                content[first - begin : last - begin] = change[first - place : last - place]
        self._position = end
        return content

    def write(self, content: memoryview) -> int:
        """Put what is new on the disk, and keep what changes something; never raises."""
        kept = min(max(0, self._committed - self._position), content.nbytes)
        if kept:
            self._keep(self._position, content[:kept])
        if kept < content.nbytes:
            self._add(self._position + kept, content[kept:])
        self._position += content.nbytes
        self._length = max(self._length, self._position)
        return content.nbytes

    def truncate(self, size: int) -> int:
        """Make the file exactly so long, when it is committed."""
        self._length = size
        return size

    def flush(self) -> None:
        """Do nothing: only ``commit`` does."""

    def overwrite(self, place: int, content: bytes) -> None:
        """Write there at once; for what may be torn by a kill, as it means nothing yet.

        Raises OSError.
        """
        if self._changes:  # of that place, too, perhaps; the last one counts
            self._keep(place, content)
        else:
            self._put(place, content)

    def check(self) -> None:
        """Raise the OSError of anything that the disk did not take since the last time."""
        refused, self._refused = self._refused, None
        if refused is not None:
            raise refused

    def commit(self, with_journal: bool = True) -> None:
        """Make everything so far part of the file.

        Raises OSError; then nothing is, or ``finish_changes`` will make it so, and this can be
        tried again. Without a journal, for a disk that has no room for it, a kill meanwhile may
        spoil the file.
        """
        changes = self._changes_inside()
        if changes:
            try:
                self._make(changes, with_journal)
            except OSError:
                self._is_refusing = True
                raise
        self._committed = self._length
        self._changes.clear()
        self._refused = None
        self._is_refusing = self._is_half_made = False

    def close(self) -> None:
        """Close the file as it was committed last; idempotent. Raises OSError."""
        if self._descriptor < 0:
            return
        try:
            if self._end != self._committed and not self._is_half_made:
                os.ftruncate(self._descriptor, self._committed)
        finally:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def _changes_inside(self) -> dict[tuple[int, int], bytes]:
        """Those in the part of the file that is left, new parts first: they may find no room."""
        changes = {
            (place, min(size, self._length - place)): content[: self._length - place]
            for (place, size), content in self._changes.items()
            if place < self._length
        }
        return dict(sorted(changes.items(), key=lambda change: change[0][0] < self._committed))

    def _make(self, changes: dict[tuple[int, int], bytes], with_journal: bool) -> None:
        begin = max(self._committed, self._length)
        if self._is_half_made:
            begin = self._end
        elif self._end > begin:  # an older journal there must not be what the file ends with
            os.ftruncate(self._descriptor, begin)
            self._end = begin
        if with_journal:
            self._put(begin, journal_bytes(changes, self._length))
            self._is_half_made = True
        for (place, _), content in changes.items():
            self._put(place, content)

    def _add(self, place: int, content: memoryview) -> None:
        if not self._is_refusing:
            try:
                self._put(place, content)
            except OSError as error:
                self._refused = error
                self._is_refusing = True
            else:
                return
        self._keep(place, content)

    def _keep(self, place: int, content: bytes | memoryview) -> None:
        key = place, len(content)
        self._changes.pop(key, None)
        self._changes[key] = bytes(content)

    def _put(self, place: int, content: bytes | memoryview) -> None:
        left = memoryview(content)
        self._end = max(self._end, place + left.nbytes)
        while left.nbytes:
            written = os.pwrite(self._descriptor, left, place)
            left, place = left[written:], place + written
