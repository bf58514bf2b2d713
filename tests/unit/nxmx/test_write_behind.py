"""What is written while the caller goes on is what was given, and what was not is told."""

import ctypes
import errno
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from jfjoch.nxmx import write_behind
from jfjoch.nxmx.write_behind import WriteBehind, address_of, aio
from tests.helpers.order_of_writes import written_at_once, written_late

HALF_MIB = 1 << 19


def by_the_library(_: pytest.MonkeyPatch) -> None:
    """As it comes."""


@pytest.fixture
def descriptor(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    yield descriptor
    os.close(descriptor)


@pytest.fixture(params=[by_the_library, written_late, written_at_once])
def behind(
    request: pytest.FixtureRequest, descriptor: int, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WriteBehind]:
    request.param(monkeypatch)
    behind = WriteBehind(descriptor)
    yield behind
    behind.wait()


@pytest.fixture
def limit() -> Iterator[int]:
    """A file can't be larger than that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    yield 1 << 20
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def content_of(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)


def test_there_is_a_library(descriptor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the other tests show nothing: it writes where it is told, and nobody else does."""
    assert aio() is not None
    content = bytes(range(256)) * 1024

    def forbidden(*_: object) -> int:
        raise AssertionError("the caller writes")

    monkeypatch.setattr(os, "pwrite", forbidden)
    behind = WriteBehind(descriptor)
    behind.begin(3, content, 1)
    behind.wait()
    assert behind.take_over() == [(1, None)]
    assert content_of(descriptor) == bytes(3) + content


@pytest.mark.parametrize("seed", range(10))
def test_later_pieces_cover_earlier_ones(behind: WriteBehind, descriptor: int, seed: int) -> None:
    """Of all sizes, so that some are written in one way and some in another."""
    rng = np.random.default_rng(seed)
    twin = bytearray()
    count = 60
    for name in range(count):
        place = int(rng.integers(0, len(twin) + 1))
        piece = rng.bytes(int(rng.integers(0, 1 << int(rng.integers(1, 23)))))
        behind.begin(place, memoryview(piece) if rng.random() < 0.5 else piece, name)
        twin[place : place + len(piece)] = piece
    behind.wait()
    assert content_of(descriptor) == twin
    assert behind.take_over() == [(name, None) for name in range(count)]
    assert behind.take_over() == []


@pytest.mark.parametrize("sizes", [[HALF_MIB], [1 << 16], [1 << 20, 1 << 21], [1 << 17, 1 << 21]])
def test_no_more_than_two_mib_stay_on_their_way(
    descriptor: int, monkeypatch: pytest.MonkeyPatch, sizes: list[int]
) -> None:
    """Nobody is asked how it went, and nobody waits for the end."""
    written_late(monkeypatch)
    behind = WriteBehind(descriptor)
    place = begun_bytes = 0
    most_bytes = 0
    names = {}
    for name in range(60):
        size = sizes[name % len(sizes)]
        behind.begin(place, bytes(size), name)
        names[name] = size
        place += size
        begun_bytes += size - sum(names[over] for over, _ in behind.take_over())
        most_bytes = max(most_bytes, begun_bytes)
    assert HALF_MIB <= most_bytes <= 1 << 21
    behind.wait()


@pytest.mark.parametrize("size", [100, (1 << 21) + 1])
def test_what_the_caller_writes_keeps_its_turn(descriptor: int, size: int) -> None:
    """Small and large pieces; then nothing is on its way any more."""
    behind = WriteBehind(descriptor)
    behind.begin(0, b"x" * HALF_MIB, 1)
    behind.begin(HALF_MIB - 1, b"y" * size, 2)
    assert behind.take_over() == [(1, None), (2, None)]
    assert content_of(descriptor) == b"x" * (HALF_MIB - 1) + b"y" * size


def test_what_goes_wrong_is_told_of_the_piece_that_it_hit(
    behind: WriteBehind, descriptor: int, limit: int
) -> None:
    size = limit // 4
    behind.begin(limit, b"a" * size, 1)
    behind.begin(0, b"b" * size, 2)
    behind.begin(limit - 2, b"c" * size, 3)
    behind.begin(4, b"d" * size, 4)
    behind.wait()
    assert behind.error is not None
    assert behind.error.errno == errno.EFBIG
    outcomes = dict(behind.take_over())
    assert {name for name, error in outcomes.items() if error is not None} == {1, 3}
    assert behind.error is None
    content = content_of(descriptor)
    assert content[: size + 4] == b"bbbb" + b"d" * size
    assert content[-3:] == b"\0cc"
    assert len(content) == limit


@pytest.mark.parametrize("size", [1, HALF_MIB])
def test_a_full_disk(size: int) -> None:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    behind = WriteBehind(descriptor)
    behind.begin(0, bytes(size), 1)
    behind.wait()
    assert behind.error is not None
    assert behind.error.errno == errno.ENOSPC
    os.close(descriptor)


@pytest.mark.parametrize("size", [1, HALF_MIB])
def test_a_file_that_is_not_open(size: int) -> None:
    behind = WriteBehind(-1)
    behind.begin(0, bytes(size), 1)
    behind.wait()
    assert behind.error is not None
    assert behind.error.errno == errno.EBADF


def begin_some(behind: WriteBehind) -> bytes:
    pieces = [bytes([number]) * (HALF_MIB // 2) for number in range(7)]
    for number, piece in enumerate(pieces):
        behind.begin(number * len(piece), piece, number)
    return b"".join(pieces)


def test_memory_is_kept_until_all_is_written(descriptor: int) -> None:
    """Also by somebody who forgets to wait."""
    behind = WriteBehind(descriptor)
    expected = begin_some(behind)
    del behind
    assert content_of(descriptor) == expected


def test_memory_can_not_change_its_size_meanwhile(
    descriptor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    written_late(monkeypatch)
    behind = WriteBehind(descriptor)
    content = bytearray(b"abc")
    with memoryview(content) as view:
        behind.begin(0, view, 1)
    with pytest.raises(BufferError):
        content.append(1)
    behind.wait()
    assert content_of(descriptor) == b"abc"


def test_a_signal_in_between_leaves_nothing_that_nobody_knows_of(
    descriptor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library has it already when the handler raises an exception."""
    library = write_behind._library()
    assert library is not None

    class Interrupted:
        def __getattr__(self, name: str) -> object:
            return getattr(library, name)

        def aio_write(self, order: object) -> int:
            library.aio_write(order)
            raise KeyboardInterrupt

    behind = WriteBehind(descriptor)
    with monkeypatch.context() as patch:
        patch.setattr(write_behind, "aio", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            behind.begin(0, b"x" * HALF_MIB, 1)
    behind.wait()
    assert behind.take_over() == [(1, None)]
    assert content_of(descriptor) == b"x" * HALF_MIB


def in_a_fork(job: Callable[[], bool]) -> bool:
    """Whether the job says yes in a forked process, within some time."""
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        os._exit(0 if job() else 1)
    return os.waitpid(child, 0)[1] == 0


def test_a_forked_process_writes_by_itself(tmp_path: Path, descriptor: int) -> None:
    """The threads of the library are not there, but it would not know."""
    behind = WriteBehind(descriptor)
    expected = begin_some(behind)

    def write_another_file() -> bool:
        behind.wait()
        other = os.open(tmp_path / "other", os.O_RDWR | os.O_CREAT)
        expected = begin_some(another := WriteBehind(other))
        another.wait()
        return content_of(other) == expected

    assert in_a_fork(write_another_file)
    behind.wait()
    assert content_of(descriptor) == expected


@pytest.mark.parametrize("platform", ["darwin", "linux"])
def test_without_the_library(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    def missing(name: str | None) -> object:
        if name is not None:
            raise OSError("no such library")
        return object()

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(ctypes, "CDLL", missing)
    assert write_behind._library.__wrapped__() is None


def test_no_bytes_are_nowhere() -> None:
    assert address_of(b"") == address_of(memoryview(b"")) == 0
