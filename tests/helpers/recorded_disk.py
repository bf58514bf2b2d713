"""What is on a disk between any two writes to a file, and in the middle of each."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass
class RecordedDisk:
    """All writes to a file, in their order; what a kill could have left can be made from them."""

    content: bytes
    """Of the file in the beginning."""
    writes: list[tuple[int, bytes | None]] = field(default_factory=list)
    """Place and bytes; None: the file was cut there."""

    def states(self) -> Iterator[tuple[int, bytes]]:
        """Each state of the file, with the number of writes that were over by then."""
        state = bytearray(self.content)
        for number, (place, content) in enumerate(self.writes):
            yield number, bytes(state)
            if content is None:
                _resize(state, place)
            else:
                _write(state, place, content[: len(content) // 2])
                yield number, bytes(state)
                _write(state, place, content)
        yield len(self.writes), bytes(state)


@contextmanager
def recorded_disk(path: Path) -> Iterator[RecordedDisk]:
    """Record what is written with ``os.pwrite`` and ``os.ftruncate``; only that file is.

    Use it with ``written_late`` or ``written_at_once``.
    """
    disk = RecordedDisk(path.read_bytes())
    pwrite, ftruncate = os.pwrite, os.ftruncate

    def recorded_pwrite(descriptor: int, content: bytes | memoryview, place: int) -> int:
        disk.writes.append((place, bytes(content)))
        return pwrite(descriptor, content, place)

    def recorded_ftruncate(descriptor: int, size: int) -> None:
        disk.writes.append((size, None))
        ftruncate(descriptor, size)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "pwrite", recorded_pwrite)
        patch.setattr(os, "ftruncate", recorded_ftruncate)
        yield disk


def _resize(state: bytearray, size: int) -> None:
    state.extend(bytes(max(0, size - len(state))))
    del state[size:]


def _write(state: bytearray, place: int, content: bytes) -> None:
    state.extend(bytes(max(0, place - len(state))))
    state[place : place + len(content)] = content
