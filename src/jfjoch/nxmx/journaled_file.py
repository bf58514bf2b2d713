"""A file that changes from one whole state to the next."""

import errno
import os
from collections.abc import Sequence
from pathlib import Path

from jfjoch.nxmx.file_lock import lock_file
from jfjoch.nxmx.journal import Changes, journal_bytes
from jfjoch.nxmx.pieces import Pieces
from jfjoch.nxmx.room_ahead import RoomAhead
from jfjoch.nxmx.write_behind import Outcome, WriteBehind, address_of, write_at

_GATHERED_BYTES = 1 << 20
"""So much that is new waits at most: to write it, too, the disk must be done with images."""


class JournaledFile:
    """What h5py writes to in place of a file.

    HDF5 overwrites its tables piece by piece, and a kill between two pieces leaves images that
    nobody finds. Here what the file consists of stays as it is until ``commit``, which puts a
    journal behind its end first; ``finish_changes`` makes the file whole after a kill at any
    moment. What HDF5 adds behind the end needs no journal, as nothing points to it yet. Images
    are lent, and go there while HDF5 works on the next.

    HDF5 never hears of a disk that takes nothing, because some errors make it crash: ``check``,
    ``hand_over``, ``take_back`` and ``commit`` tell them.
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
        self._lent: bytes | memoryview = b""
        self._lent_address = 0
        self._lent_place: int | None = None
        """Where HDF5 has put it; None: nowhere yet."""
        self._behind = WriteBehind(self._descriptor)
        self._new = Pieces()
        """Can go to the disk at any time before the changes, but not before what was lent."""
        self._changes = Pieces()
        """Wait for the next commit."""
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
        self._behind.wait()
        begin, end = self._position, min(self._position + size, self._length)
        content = bytearray(os.pread(self._descriptor, max(0, end - begin), begin))
        content.extend(bytes(max(0, end - begin - len(content))))
        self._new.put_over(content, begin)
        self._changes.put_over(content, begin)
        self._position = end
        return content

    def write(self, content: memoryview) -> int:
        """Keep what HDF5 writes; never raises."""
        size = content.nbytes
        place = self._position
        end = self._position = place + size
        if end > self._length:
            self._length = end
        if size == len(self._lent) and address_of(content) == self._lent_address:
            self._lent_place = place
        else:
            self._add(place, content)
        return size

    def lend(self, content: bytes | memoryview) -> None:
        """Let HDF5 find a place for these bytes; ``hand_over`` follows if it does."""
        self._lent, self._lent_address, self._lent_place = content, address_of(content), None

    def hand_over(self, name: int) -> None:
        """Begin to write what was lent, which must not change until ``take_back`` names it.

        Raises OSError if the disk has refused something since the last commit.
        """
        content, self._lent, place = self._lent, b"", self._lent_place
        self.check()
        if place is None:  # HDF5 has written a copy of it
            self._behind.note(name)
        elif place < max(self._committed, self._new.end):
            self._add(place, content)  # in its turn, as something else may lie there
            self._behind.note(name)
        else:
            self._reach(place + len(content))
            self._behind.begin(place, content, name)

    def take_back(self, is_all: bool) -> Sequence[Outcome]:
        """Return what became of each lent piece that is over by now; or wait for all of them.

        What the disk did not take is gone.
        """
        if is_all:
            self._behind.wait()
        return self._behind.take_over()

    def truncate(self, size: int) -> int:
        """Make the file exactly so long, when it is committed."""
        self._length = size
        return size

    def flush(self) -> None:
        """Do nothing: only ``commit`` does."""

    def overwrite(self, place: int, content: bytes) -> None:
        """Write there without a journal: what a kill may tear, because it means nothing yet."""
        if self._changes:
            self._add(place, content)  # that place may be among them; the last one counts
        else:
            self._add_new(place, content)

    def check(self) -> None:
        """Raise the OSError of anything that the disk did not take since the last commit."""
        if self._refused is not None:
            raise self._refused

    def commit(self) -> None:
        """Make everything so far part of the file.

        Raises OSError, also that of a lent piece. Then nothing of it is, and this can be tried
        again when all is taken back; or only ``finish_changes`` can make it so, and this fails
        for ever.
        """
        if self.is_half_made:  # a second journal, if it were not whole, would hide the first
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self._put_new()
        self.check()
        try:
            self._make(self._changes.inside(self._length))
        except OSError as error:
            self._refused = error
            raise
        self._committed = self._length
        self._changes.clear()
        self.is_half_made = False

    def close(self) -> None:
        """Close the file as it was committed last; idempotent. Raises OSError."""
        if self._descriptor < 0:
            return
        self._behind.wait()
        try:
            if not self.is_half_made:  # also gives back room that was not needed
                os.ftruncate(self._descriptor, self._committed)
        finally:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def _make(self, changes: Changes) -> None:
        begin = max(self._committed, self._length)
        if self._end > begin:  # an older journal there must not be what the file ends with
            self._cut(begin)
        if not changes:
            return
        self._put(begin, journal_bytes(changes, self._length))
        self.is_half_made = True
        for place, content in changes:
            self._put(place, content)

    def _cut(self, size: int) -> None:
        os.ftruncate(self._descriptor, size)
        self._end = size
        self._room.cut(size)

    def _add(self, place: int, content: bytes | memoryview) -> None:
        old = max(0, self._committed - place)
        if old:
            self._changes.add(place, content[:old])
        if old < len(content):
            self._add_new(place + old, content[old:])

    def _add_new(self, place: int, content: bytes | memoryview) -> None:
        self._new.add(place, content)
        if self._new.total_bytes >= _GATHERED_BYTES and self._refused is None:
            self._put_new()

    def _put_new(self) -> None:
        """Write what is new, when what was lent is over: one may lie where the other was.

        Also what the disk refused before is tried again, and what it says now counts.
        """
        self._behind.wait()
        self._refused = self._behind.error
        try:
            for place, content in self._new.inside(self._length):
                self._put(place, content)
        except OSError as error:
            self._refused = error
        else:
            self._new.clear()

    def _put(self, place: int, content: bytes) -> None:
        self._reach(place + len(content))
        write_at(self._descriptor, memoryview(content), place)

    def _reach(self, end: int) -> None:
        if end > self._end:
            self._room.reach(end)
            self._end = end
