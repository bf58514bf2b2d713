"""A file gets its name when it is whole, and never another one's name."""

import errno
import os
from pathlib import Path

import h5py
import pytest

from jfjoch.errors import FileRefused
from jfjoch.nxmx.partial_file import PartialFile


def _write(target: PartialFile, value: int = 1) -> None:
    with target.create() as file:
        file["value"] = value


def _value(path: Path) -> int:
    with h5py.File(path) as file:
        return int(file["value"][()])


def test_named_only_when_published(tmp_path: Path) -> None:
    target = PartialFile(tmp_path / "a.h5")
    _write(target)
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5.partial"]
    target.publish()
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]
    assert _value(target.path) == 1


@pytest.mark.parametrize("taken", ["a.h5", "a.h5.partial"])
def test_existing_files_are_refused_and_untouched(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_bytes(b"precious")
    with pytest.raises(FileRefused, match="left as it is"):
        PartialFile(tmp_path / "a.h5").create()
    assert [path.name for path in tmp_path.iterdir()] == [taken]
    assert (tmp_path / taken).read_bytes() == b"precious"


def test_a_dangling_link_is_an_existing_file(tmp_path: Path) -> None:
    """Writing through it would leave the directory."""
    (tmp_path / "a.h5").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileRefused):
        PartialFile(tmp_path / "a.h5").create()
    (tmp_path / "b.h5.partial").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileRefused):
        PartialFile(tmp_path / "b.h5").create()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("hard_links", [True, False])
def test_a_file_that_came_meanwhile_is_untouched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hard_links: bool
) -> None:
    if not hard_links:
        monkeypatch.setattr(os, "link", _no_hard_links)
    target = PartialFile(tmp_path / "a.h5")
    _write(target)
    target.path.write_bytes(b"precious")
    with pytest.raises(FileRefused, match=r"a\.h5"):
        target.publish()
    assert target.path.read_bytes() == b"precious"
    assert _value(target.partial_path) == 1


def test_published_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some network file systems have none."""
    monkeypatch.setattr(os, "link", _no_hard_links)
    target = PartialFile(tmp_path / "a.h5")
    _write(target)
    target.publish()
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]
    assert _value(target.path) == 1


def _no_hard_links(source: Path, target: Path) -> None:
    raise OSError(errno.ENOTSUP, "Operation not supported")


def test_overwrite_replaces_both_names(tmp_path: Path) -> None:
    for name in ("a.h5", "a.h5.partial"):
        (tmp_path / name).write_bytes(b"old")
    target = PartialFile(tmp_path / "a.h5", overwrite=True)
    _write(target, 2)
    target.publish()
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]
    assert _value(target.path) == 2


def test_a_missing_directory_is_named_with_errno(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=rf"{tmp_path}/no/a\.h5\.partial.*errno 2"):
        PartialFile(tmp_path / "no" / "a.h5").create()


def _content(tmp_path: Path) -> bytes:
    with h5py.File(tmp_path / "memory", "w", driver="core", backing_store=False) as file:
        file["value"] = 7
        file.flush()
        return bytes(file.id.get_file_image())


@pytest.mark.parametrize("hard_links", [True, False])
def test_a_file_that_is_there_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hard_links: bool
) -> None:
    """Made from bytes; nothing else is left beside it."""
    if not hard_links:
        monkeypatch.setattr(os, "link", _no_hard_links)
    target = PartialFile(tmp_path / "a.h5")
    with target.create_with(_content(tmp_path)) as file:
        assert file["value"][()] == 7
        assert [path.name for path in tmp_path.iterdir()] == ["a.h5.partial"]
    target.publish()
    assert _value(target.path) == 7


@pytest.mark.parametrize("taken", ["a.h5", "a.h5.partial"])
def test_a_whole_file_replaces_nothing(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_bytes(b"precious")
    with pytest.raises(FileRefused, match="left as it is"):
        PartialFile(tmp_path / "a.h5").create_with(_content(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [taken]
    assert (tmp_path / taken).read_bytes() == b"precious"
