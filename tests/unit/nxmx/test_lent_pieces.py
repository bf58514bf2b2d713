"""What is lent to a file is in it by the next commit, in its turn, or somebody is told."""

from pathlib import Path

import pytest

from jfjoch.nxmx.journaled_file import JournaledFile
from tests.helpers.journaled_bytes import full_disk, get, put
from tests.helpers.order_of_writes import written_late
from tests.helpers.recorded_disk import recorded_disk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(100)))
    return path


def lend(file: JournaledFile, place: int, content: bytes, name: int = 0) -> None:
    file.lend(content)
    put(file, place, content)
    file.hand_over(name)


def test_what_was_lent_is_written_before_a_commit(path: Path) -> None:
    file = JournaledFile(path)
    content = b"x" * 100_000
    lend(file, 100, content)
    assert get(file, 98, 4) == bytes([98, 99]) + b"xx"
    put(file, 0, b"old")
    lend(file, 100_100, content, 1)
    file.commit()
    assert file.take_back(is_all=False) == [(0, None), (1, None)]
    file.close()
    assert path.read_bytes() == b"old" + bytes(range(3, 100)) + 2 * content


@pytest.mark.parametrize("place", [0, 90, 100, 103])
def test_what_was_lent_may_be_placed_over_something_else(path: Path, place: int) -> None:
    """HDF5 uses places again, also of what was there before: the last one counts."""
    file = JournaledFile(path)
    put(file, 100, b"before")
    lend(file, place, b"x" * 50)
    put(file, place + 20, b"after")
    expected = bytearray(range(100)) + b"before"
    expected[place : place + 50] = b"x" * 20 + b"after" + b"x" * 25
    assert get(file, 0, len(expected)) == expected
    assert file.take_back(is_all=True) == [(0, None)]
    file.commit()
    file.close()
    assert path.read_bytes() == expected


def test_bytes_of_the_same_length_are_not_taken_for_those_that_were_lent(path: Path) -> None:
    file = JournaledFile(path)
    file.lend(b"x" * 10)
    put(file, 100, b"y" * 10)
    file.hand_over(0)
    assert file.take_back(is_all=True) == [(0, None)]
    file.commit()
    file.close()
    assert path.read_bytes()[100:] == b"y" * 10


def test_a_commit_without_what_was_lent_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until somebody knows of it."""
    written_late(monkeypatch)
    file = JournaledFile(path)
    with monkeypatch.context() as patch:
        full_disk(patch, 110)
        lend(file, 100, b"small")
        lend(file, 105, b"too large", 1)
        with pytest.raises(OSError, match="No space"):
            file.commit()
        with pytest.raises(OSError, match="No space"):
            lend(file, 120, b"more")
    outcomes = dict(file.take_back(is_all=False))
    assert outcomes[0] is None
    assert outcomes[1] is not None
    file.commit()
    file.close()
    assert path.read_bytes()[100:105] == b"small"


def test_what_was_lent_is_written_before_its_file_is_closed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another file may get the same descriptor."""
    written_late(monkeypatch)
    file = JournaledFile(path)
    with recorded_disk(path) as disk:
        lend(file, 100, b"x" * 1000)
        file.close()
    assert disk.writes == [(100, b"x" * 1000), (100, None)]
