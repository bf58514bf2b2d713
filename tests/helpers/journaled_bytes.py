"""Bytes of a file as HDF5 writes and reads them, and a disk that takes no more of them."""

import errno
import os

import pytest

from jfjoch.nxmx.journaled_file import JournaledFile


def put(file: JournaledFile, place: int, content: bytes) -> None:
    file.seek(place)
    file.write(memoryview(content))


def get(file: JournaledFile, place: int, size: int) -> bytes:
    file.seek(place)
    return bytes(file.read(size))


def full_disk(monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    """Take no byte behind that place."""
    pwrite = os.pwrite

    def limited(descriptor: int, content: memoryview, place: int) -> int:
        left = min(len(content), room - place)
        if left <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return pwrite(descriptor, content[:left], place)

    monkeypatch.setattr(os, "pwrite", limited)
