"""A file changes from one commit to the next, whatever happens in between."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from jfjoch.nxmx.journal import finish_changes, journal_bytes
from jfjoch.nxmx.journaled_file import JournaledFile
from tests.helpers.journaled_bytes import full_disk, get, put
from tests.helpers.recorded_disk import recorded_disk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(100)))
    return path


def change_at_random(file: JournaledFile, twin: bytearray, rng: np.random.Generator) -> None:
    """Write or cut both the file and a plain array of bytes, without holes: nobody reads them."""
    for _ in range(int(rng.integers(1, 12))):
        place = int(rng.integers(0, len(twin) + 1))
        if rng.random() < 0.1:
            file.truncate(place)
            del twin[place:]
        else:
            content = rng.bytes(int(rng.integers(1, 60)))
            put(file, place, content)
            twin[place : place + len(content)] = content


@pytest.mark.parametrize("seed", range(20))
def test_a_kill_at_any_write_leaves_the_last_commit_or_the_next(path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    file = JournaledFile(path)
    twin = bytearray(path.read_bytes())
    wholes = [bytes(twin)]
    ended = [0]
    with recorded_disk(path) as disk:
        for _ in range(6):
            change_at_random(file, twin, rng)
            assert get(file, 0, len(twin)) == twin
            wholes.append(bytes(twin))
            file.commit()
            ended.append(len(disk.writes))
    file.close()
    assert path.read_bytes() == twin
    for writes, content in disk.states():
        path.write_bytes(content)
        finish_changes(path)
        found = path.read_bytes()
        last = int(np.searchsorted(ended, writes, side="right")) - 1
        assert any(found[: len(whole)] == whole for whole in wholes[last : last + 2])


def test_what_was_not_committed_is_gone(path: Path) -> None:
    file = JournaledFile(path)
    put(file, 5, b"change")
    put(file, 100, b"new")
    file.close()
    file.close()
    assert path.read_bytes() == bytes(range(100))


def test_new_parts_do_not_wait_in_memory_and_changes_do(path: Path) -> None:
    file = JournaledFile(path)
    content = b"ab" + b"c" * (1 << 20)
    put(file, 98, content)
    assert path.read_bytes() == bytes(range(100)) + content[2:]
    assert get(file, 96, 6) == bytes([96, 97]) + b"abcc"
    file.close()


def test_a_file_that_is_open_already_is_refused(path: Path) -> None:
    file = JournaledFile(path)
    with pytest.raises(BlockingIOError):
        JournaledFile(path)
    with pytest.raises(BlockingIOError):
        finish_changes(path)
    file.close()
    JournaledFile(path).close()


def test_a_file_system_without_locks(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As HDF5 does: it is written all the same."""

    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", no_locks)
    JournaledFile(path).close()


def test_a_full_disk_is_told_later_and_tried_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HDF5 must not hear of it."""
    file = JournaledFile(path)
    with monkeypatch.context() as patch:
        full_disk(patch, 104)
        put(file, 100, b"too much")
        put(file, 3, b"changed")
        with pytest.raises(OSError, match="No space"):
            file.commit()
        with pytest.raises(OSError, match="No space"):
            file.check()
        assert path.read_bytes()[:100] == bytes(range(100))
        assert get(file, 100, 8) == b"too much"
    file.commit()
    file.close()
    assert path.read_bytes() == b"\0\1\2changed" + bytes(range(10, 100)) + b"too much"


def test_without_room_for_a_journal(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file stays as it was."""
    file = JournaledFile(path)
    full_disk(monkeypatch, 110)
    put(file, 100, b"new")
    put(file, 3, b"changed")
    with pytest.raises(OSError, match="No space"):
        file.commit()
    file.close()
    assert path.read_bytes() == bytes(range(100))


def test_older_changes_do_not_come_back_after_a_cut(path: Path) -> None:
    file = JournaledFile(path)
    put(file, 90, b"a" * 10)
    put(file, 92, b"b" * 5)
    put(file, 90, b"c" * 8)
    file.truncate(95)
    file.commit()
    file.close()
    assert path.read_bytes() == bytes(range(90)) + b"c" * 5


def test_a_disk_that_fails_halfway(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal stays, is not followed by another, and what it holds is made later."""
    file = JournaledFile(path)
    put(file, 3, b"one")
    put(file, 50, b"two")
    pwrite = os.pwrite

    def broken(descriptor: int, content: memoryview, place: int) -> int:
        if place == 50:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return pwrite(descriptor, content, place)

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", broken)
        for _ in range(2):
            with pytest.raises(OSError, match="Input/output"):
                file.commit()
            put(file, 100, b"more")
    file.close()
    finish_changes(path)
    expected = b"\0\1\2one" + bytes(range(6, 50)) + b"two" + bytes(range(53, 100))
    assert path.read_bytes() == expected


@pytest.mark.parametrize("cut", [1, 8, 30, 33, 40])
def test_a_journal_that_is_not_whole_is_ignored(path: Path, cut: int) -> None:
    content = path.read_bytes() + journal_bytes([(3, b"one")], 100)[:-cut]
    path.write_bytes(content)
    finish_changes(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("changes", [[(99, b"ab")], [(2**64 - 1, b"a")]])
def test_a_journal_that_is_not_ours_is_ignored(
    path: Path, changes: list[tuple[int, bytes]]
) -> None:
    """It would change what is not in the file."""
    content = path.read_bytes() + journal_bytes(changes, 100)
    path.write_bytes(content)
    finish_changes(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("length", [0, 10, 31, 32])
def test_files_too_short_for_a_journal(path: Path, length: int) -> None:
    path.write_bytes(bytes(length))
    finish_changes(path)
    assert path.read_bytes() == bytes(length)


def test_a_journal_is_not_made_again_when_its_file_has_become_shorter(path: Path) -> None:
    """What is written there since must stay."""
    file = JournaledFile(path)
    put(file, 40, b"one")
    file.commit()
    file.truncate(40)
    file.commit()
    put(file, 40, b"two")
    file.commit()
    left = path.read_bytes()
    file.close()
    path.write_bytes(left)
    finish_changes(path)
    assert path.read_bytes()[:43] == bytes(range(40)) + b"two"


@pytest.mark.parametrize("place", [50, 97, 100])
def test_what_is_written_without_a_journal_keeps_its_turn(path: Path, place: int) -> None:
    """Also if the same place is written in another way before and after."""
    file = JournaledFile(path)
    expected = bytearray(range(100)) + b"new part"
    put(file, 0, b"\0")
    put(file, 100, b"new part")
    put(file, place, b"first")
    file.overwrite(place, b"second")
    put(file, place + 2, b"third")
    for start, piece in ((place, b"first"), (place, b"second"), (place + 2, b"third")):
        expected[start : start + len(piece)] = piece
    assert get(file, 0, len(expected)) == expected
    file.commit()
    file.close()
    assert path.read_bytes() == expected


def test_a_journal_is_not_made_again_behind_a_commit_without_one(path: Path) -> None:
    file = JournaledFile(path)
    put(file, 10, b"old")
    file.commit()
    file.overwrite(10, b"new")
    file.commit()
    left = path.read_bytes()
    file.close()
    path.write_bytes(left)
    finish_changes(path)
    assert path.read_bytes()[10:13] == b"new"
