"""What is written while the caller goes on is what was given, and what was not is told."""

import errno
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from jfjoch.nxmx.write_behind import WriteBehind, begun_order
from tests.helpers.order_of_writes import written_late

NO_AIO = pytest.param(True, id="without the library")
AIO = pytest.param(False, id="by the library")


@pytest.fixture
def descriptor(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    yield descriptor
    os.close(descriptor)


@pytest.fixture(params=[AIO, NO_AIO])
def behind(
    request: pytest.FixtureRequest, descriptor: int, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WriteBehind]:
    if request.param:
        written_late(monkeypatch)
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


def test_the_library_takes_it(descriptor: int) -> None:
    """Otherwise the other tests show nothing."""
    content = b"abc"
    order = begun_order(descriptor, 0, content)
    assert order is not None
    behind = WriteBehind(descriptor)
    behind.begin(3, content)
    behind.wait()
    assert content_of(descriptor) == b"abcabc"


@pytest.mark.parametrize("seed", range(10))
def test_later_pieces_cover_earlier_ones(behind: WriteBehind, descriptor: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    twin = bytearray()
    count = 60
    for _ in range(count):
        place = int(rng.integers(0, len(twin) + 1))
        piece = rng.bytes(int(rng.integers(0, 1 << int(rng.integers(1, 22)))))
        content = memoryview(piece) if rng.random() < 0.5 else piece
        behind.begin(place, content)
        twin[place : place + len(piece)] = piece
    behind.wait()
    assert content_of(descriptor) == twin
    assert behind.take_over() == [None] * count
    assert behind.take_over() == []


def test_a_piece_that_is_larger_than_all_that_may_wait_is_over_at_once(
    behind: WriteBehind, descriptor: int
) -> None:
    content = bytes(range(256)) * (9 << 10)
    behind.begin(0, b"first")
    behind.begin(5, content)
    assert behind.take_over() == [None]
    behind.begin(0, b"last")
    behind.wait()
    assert content_of(descriptor) == b"lastt" + content
    assert behind.take_over() == [None, None]


def test_what_goes_wrong_is_told_of_the_piece_that_it_hit(
    behind: WriteBehind, descriptor: int, limit: int
) -> None:
    behind.begin(limit, b"behind the limit")
    behind.begin(0, b"good")
    behind.begin(limit - 2, b"over the limit")
    behind.begin(4, b" too")
    behind.wait()
    assert behind.error is not None
    assert behind.error.errno == errno.EFBIG
    first, second, third, fourth = behind.take_over()
    assert second is fourth is None
    assert first is not None
    assert third is not None
    assert behind.error is None
    content = content_of(descriptor)
    assert content[:8] == b"good too"
    assert content[-2:] == b"ov"
    assert len(content) == limit


def test_a_full_disk() -> None:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    behind = WriteBehind(descriptor)
    behind.begin(0, bytes(100))
    behind.wait()
    assert behind.error is not None
    assert behind.error.errno == errno.ENOSPC
    os.close(descriptor)


def test_a_file_that_is_not_open() -> None:
    behind = WriteBehind(-1)
    behind.begin(0, b"abc")
    behind.wait()
    assert behind.error is not None
    assert behind.error.errno == errno.EBADF


def test_memory_is_kept_until_all_is_written(descriptor: int) -> None:
    """Also by somebody who forgets to wait."""
    size = 1 << 18
    behind = WriteBehind(descriptor)
    for number in range(7):
        behind.begin(number * size, bytes([number]) * size)
    del behind
    content = content_of(descriptor)
    assert content == b"".join(bytes([number]) * size for number in range(7))
