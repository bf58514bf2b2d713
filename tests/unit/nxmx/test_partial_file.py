"""A file gets its name when it is whole, and never another one's name."""

import errno
import os
from io import BytesIO
from pathlib import Path

import h5py
import pytest

from jfjoch.errors import FileRefused
from jfjoch.nxmx.partial_file import PartialFile


def _write(target: PartialFile, value: int = 1) -> None:
    target.put([_content(value)])


def _content(value: int) -> memoryview:
    content = BytesIO()
    with h5py.File(content, "w") as file:
        file["value"] = value
    return content.getbuffer()


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
        PartialFile(tmp_path / "a.h5").put([b"content"])
    assert [path.name for path in tmp_path.iterdir()] == [taken]
    assert (tmp_path / taken).read_bytes() == b"precious"


def test_a_dangling_link_is_an_existing_file(tmp_path: Path) -> None:
    """Writing through it would leave the directory."""
    (tmp_path / "a.h5").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileRefused):
        PartialFile(tmp_path / "a.h5").put([b"content"])
    (tmp_path / "b.h5.partial").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileRefused):
        PartialFile(tmp_path / "b.h5").put([b"content"])
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
        PartialFile(tmp_path / "no" / "a.h5").put([b"content"])


@pytest.mark.parametrize("hard_links", [True, False])
def test_a_file_that_is_there_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hard_links: bool
) -> None:
    """Made from bytes; nothing else is left beside it."""
    if not hard_links:
        monkeypatch.setattr(os, "link", _no_hard_links)
    target = PartialFile(tmp_path / "a.h5")
    with target.create_with(_content(7)) as hdf5:
        assert hdf5.file["value"][()] == 7
        assert [path.name for path in tmp_path.iterdir()] == ["a.h5.partial"]
    target.publish()
    assert _value(target.path) == 7


@pytest.mark.parametrize("taken", ["a.h5", "a.h5.partial"])
def test_a_whole_file_replaces_nothing(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_bytes(b"precious")
    with pytest.raises(FileRefused, match="left as it is"):
        PartialFile(tmp_path / "a.h5").create_with(_content(7))
    assert [path.name for path in tmp_path.iterdir()] == [taken]
    assert (tmp_path / taken).read_bytes() == b"precious"


def test_overwriting_does_not_follow_links(tmp_path: Path) -> None:
    """What a link under the temporary name leads to is not ours."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    target = PartialFile(tmp_path / "a.h5", overwrite=True)
    target.partial_path.symlink_to(victim)
    _write(target)
    assert victim.read_bytes() == b"precious"
    assert not target.partial_path.is_symlink()
    assert _value(target.partial_path) == 1


def test_a_directory_that_became_a_link(tmp_path: Path) -> None:
    """The root was left otherwise: the prefix was checked when the run began."""
    target = PartialFile(tmp_path / "inside" / "a.h5")
    (tmp_path / "outside").mkdir()
    (tmp_path / "inside").symlink_to(tmp_path / "outside")
    with pytest.raises(FileRefused, match=r"has become a link to .*outside"):
        _write(target)
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_file_that_is_not_there_any_more(tmp_path: Path) -> None:
    target = PartialFile(tmp_path / "a.h5")
    with target.create_with(_content(1)):
        target.check_present()
        target.partial_path.unlink()
        with pytest.raises(FileRefused, match=rf"a.h5.partial: .*\(errno {errno.ENOENT}\)"):
            target.check_present()
        target.partial_path.write_bytes(b"another one")
        with pytest.raises(FileRefused, match=rf"a.h5.partial: .*\(errno {errno.ESTALE}\)"):
            target.check_present()


def test_a_directory_that_can_not_be_worked_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tidying up fails, too, and must not hide why."""

    def broken(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", broken)
        patch.setattr(Path, "unlink", broken)
        patch.setattr(Path, "open", broken)
        with pytest.raises(FileRefused, match=rf"errno {errno.EROFS}"):
            _write(PartialFile(tmp_path / "a.h5"))


def test_a_name_that_was_taken_in_vain_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", _no_hard_links)
    target = PartialFile(tmp_path / "a.h5")
    _write(target)

    def broken(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", broken)
        with pytest.raises(FileRefused, match=rf"errno {errno.EIO}"):
            target.publish()
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5.partial"]
    target.publish()


def test_a_file_nobody_can_look_at_is_not_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = PartialFile(tmp_path / "a.h5")
    with target.create_with(_content(1)):

        def broken(*_: object) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        with monkeypatch.context() as patch:
            patch.setattr(Path, "lstat", broken)
            assert not target.is_gone()
        assert not target.is_gone()
        target.partial_path.rename(tmp_path / "elsewhere")
        assert target.is_gone()
        target.partial_path.write_bytes(b"another one")
        assert target.is_gone()
