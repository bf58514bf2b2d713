"""A file that changes from one whole state to the next."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

from jfjoch.nxmx.file_lock import lock_file
from jfjoch.nxmx.journal import Changes, journal_bytes
from jfjoch.nxmx.room_ahead import RoomAhead

LENT_BYTES = 1 << 16
"""Smaller pieces are copied: a table of HDF5 may be as large, and be written first."""


class JournaledFile:
    """What h5py writes to in place of a file.

    HDF5 overwrites its tables piece by piece, and a kill between two pieces leaves images that
    nobody finds. Here what the file consists of stays as it is until ``commit``, which puts a
    journal behind its end first; ``finish_changes`` makes the file whole after a kill at any
    moment. What HDF5 adds behind the end goes to the disk at once, as nothing points to it yet.

    HDF5 never hears of a disk that takes nothing, because some errors make it crash: ``check``,
    ``write_lent`` and ``commit`` raise them.
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
        self._room = RoomAhead(self._descriptor)
        self._position = 0
        self._lent: bytes | memoryview | None = None
        self._lent_pieces: list[tuple[int, bytes | memoryview]] = []
        """Place and bytes of what was lent and written."""
        self._changes: dict[tuple[int, int], bytes] = {}
        """Place and size, and what waits for the next commit; in the order it came."""
        self._refused: OSError | None = None
        """What the disk said; then all waits for the next commit."""
        self.is_half_made = False
        """Whether the file ends with a journal of changes that are not all made."""

    def fileno(self) -> int:
        """Return the descriptor of the file."""
        return self._descriptor

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place in the file."""
        if whence == os.SEEK_CUR:
            offset += self._position
        elif whence == os.SEEK_END:
            offset += self._length
        self._position = offset
        return offset

    def tell(self) -> int:
        """Return the place in the file."""
        return self._position

    def read(self, size: int) -> bytearray:
        """Return what HDF5 has written, on the disk or not.

        Raises OSError, out of which h5py may make a SystemError in the next call.
        """
        begin, end = self._position, min(self._position + size, self._length)
        content = bytearray(os.pread(self._descriptor, max(0, end - begin), begin))
        content.extend(bytes(max(0, end - begin - len(content))))
        changes = ((place, change) for (place, _), change in self._changes.items())
        for place, change in (*changes, *self._lent_pieces):
            first, last = max(begin, place), min(end, place + len(change))
            if first < last:
                content[first - begin : last - begin] = change[first - place : last - place]
        self._position = end
        return content

    def write(self, content: memoryview) -> int:
        """Put what is new on the disk, and keep what changes something; never raises."""
        size = content.nbytes
        place = self._position
        end = self._position = place + size
        if end > self._length:
            self._length = end
        if self._lent is not None and size == len(self._lent):
            self._lent_pieces.append((place, self._lent if size >= LENT_BYTES else bytes(content)))
            self._lent = None
        else:
            self._add(place, content)
        return size

    def lend(self, content: bytes | memoryview) -> None:
        """Let the next write of so many bytes wait for ``write_lent``.

        Many bytes are not copied, and must be the same until then.
        """
        self._lent = content

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
        if self._changes or self._refused is not None:
            self._keep(place, content)  # that place may be among the changes; the last one counts
        else:
            self._put(place, content)

    def write_lent(self) -> Iterator[None]:
        """Write what was lent, one piece after the other.

        Raises the OSError of anything that the disk did not take since the last commit. What it
        did not take of these is gone.
        """
        pieces, self._lent_pieces, self._lent = self._lent_pieces, [], None
        for place, content in pieces:
            self._add(place, content, is_kept=False)
            if self._refused is None:
                yield
        self.check()

    def check(self) -> None:
        """Raise the OSError of anything that the disk did not take since the last commit."""
        if self._refused is not None:
            raise self._refused

    def commit(self) -> None:
        """Make everything so far part of the file.

        Raises OSError. Then nothing of it is, and this can be tried again; or only
        ``finish_changes`` can make it so, and this fails for ever.
        """
        pieces, self._lent_pieces, self._lent = self._lent_pieces, [], None
        for place, content in pieces:  # that nobody has asked to be written
            self._add(place, content)
        changes = self._changes_inside()
        if changes:
            try:
                self._make(changes)
            except OSError as error:
                self._refused = error
                raise
        self._committed = self._length
        self._changes.clear()
        self._refused = None
        self.is_half_made = False

    def close(self) -> None:
        """Close the file as it was committed last; idempotent. Raises OSError."""
        if self._descriptor < 0:
            return
        try:
            if not self.is_half_made:  # also gives back room that was not needed
                os.ftruncate(self._descriptor, self._committed)
        finally:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def _changes_inside(self) -> Changes:
        """Those in the part of the file that is left, new parts first: they may find no room."""
        inside = [
            (place, content[: self._length - place])
            for (place, _), content in self._changes.items()
            if place < self._length
        ]
        return sorted(inside, key=lambda change: change[0] < self._committed)

    def _make(self, changes: Changes) -> None:
        if self.is_half_made:  # a second journal, if it were not whole, would hide the first
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        begin = max(self._committed, self._length)
        if self._end > begin:  # an older journal there must not be what the file ends with
            os.ftruncate(self._descriptor, begin)
            self._end = begin
            self._room.cut(begin)
        self._put(begin, journal_bytes(changes, self._length))
        self.is_half_made = True
        for place, content in changes:
            self._put(place, content)

    def _add(self, place: int, content: bytes | memoryview, is_kept: bool = True) -> None:
        old = self._committed - place
        if old > 0:
            self._keep(place, content[:old])
            if old >= len(content):
                return
            place, content = self._committed, content[old:]
        if self._refused is None:
            try:
                self._put(place, content)
            except OSError as error:
                self._refused = error
            else:
                return
        if is_kept:
            self._keep(place, content)

    def _keep(self, place: int, content: bytes | memoryview) -> None:
        key = place, len(content)
        self._changes.pop(key, None)
        self._changes[key] = bytes(content)

    def _put(self, place: int, content: bytes | memoryview) -> None:
        left = memoryview(content)
        end = place + left.nbytes
        if end > self._end:
            self._room.reach(end)
            self._end = end
        while left.nbytes:
            written = os.pwrite(self._descriptor, left, place)
            left, place = left[written:], place + written
