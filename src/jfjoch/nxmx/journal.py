"""A copy of changes to a file, behind its end, until all of them are made.

A write-ahead log (Mohan et al., ACM Trans. Database Syst. 17, 94, 1992) of one entry: a kill while
the changes are made leaves a file that ends with the journal, and they can be made again.
"""

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jfjoch.nxmx.file_lock import lock_file

Changes = Sequence[tuple[int, bytes]]
"""Places, and the bytes that are to be there; later ones count."""

_SIGNATURE = b"jfjoch\r\n"
_HEAD = struct.Struct("<QQ")
"""Before each change: place and size."""
_END = struct.Struct("<8sQQQ")
"""Signature, bytes of the changes, size of the file when all are made, CRC-32 of the changes."""


@dataclass(frozen=True, slots=True)
class Journal:
    """Changes that a killed process may not have finished."""

    changes: Changes
    file_bytes: int
    """Size of the file when all are made."""


def journal_bytes(changes: Changes, file_bytes: int) -> bytes:
    """Return the journal to put behind the end of a file, before any change is made."""
    body = b"".join(_HEAD.pack(place, len(content)) + content for place, content in changes)
    return body + _END.pack(_SIGNATURE, len(body), file_bytes, zlib.crc32(body))


def finish_changes(path: Path) -> None:
    """Make the changes that a killed process has left undone; also if it had made them all.

    A file that does not end with a whole journal is left as it is. Raises OSError, BlockingIOError
    for one that somebody has open.
    """
    with path.open("r+b") as file:
        lock_file(file.fileno())
        journal = _journal_of(file.fileno())
        if journal is None:
            return
        for place, content in journal.changes:
            file.seek(place)
            file.write(content)
        file.truncate(journal.file_bytes)


def _journal_of(descriptor: int) -> Journal | None:
    size = os.fstat(descriptor).st_size
    end = os.pread(descriptor, _END.size, max(0, size - _END.size))
    if len(end) < _END.size:
        return None
    signature, length, file_bytes, checksum = _END.unpack(end)
    begin = size - _END.size - length
    if signature != _SIGNATURE or begin < file_bytes:
        return None
    body = os.pread(descriptor, length, begin)
    if zlib.crc32(body) != checksum:
        return None
    changes = list(_changes(body))
    # What is not inside the file is no journal of ours.
    is_ours = all(place + len(content) <= file_bytes for place, content in changes)
    return Journal(changes, file_bytes) if is_ours else None


def _changes(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _HEAD.size <= len(body):
        place, size = _HEAD.unpack_from(body, at)
        at += _HEAD.size
        yield place, body[at : at + size]
        at += size
