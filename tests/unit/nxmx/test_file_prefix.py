"""A prefix names a place below the root, or is refused (W008-W011)."""

import os
from pathlib import Path

import pytest

from jfjoch.errors import FileRefused
from jfjoch.nxmx.file_prefix import resolve_prefix

CLIMBING = ["../x", "a/../../b", "a/../b", "..", "a/..", "a/../", "../", "a/b/../../../c", "./../x"]
ABSOLUTE = ["/", "/x", "//x", "/tmp/x", "//server/share/x"]
NAMELESS = ["", ".", "./", "a/", "a/b/", "_master.h5", "a/_master.h5", "a/."]
UNPRINTABLE = ["a\0b", "a\nb", "\r", "a\tb", "a\x7fb", "a\x85b", "\ud800", "a/\udcffb", "a\x1b[0m"]
BACKSLASHED = ["a\\b", "..\\x", "\\x", "C:\\x"]
TOO_LONG = ["a" * 300, "ä" * 120, "a" * 256 + "/x", "b/" + "a" * 240]


@pytest.mark.parametrize("prefix", CLIMBING + ABSOLUTE + NAMELESS + UNPRINTABLE + BACKSLASHED)
def test_refused_before_anything_is_made(tmp_path: Path, prefix: str) -> None:
    """W008-W011: and the message is itself harmless text."""
    root = tmp_path / "root"
    root.mkdir()
    with pytest.raises(FileRefused, match="file_prefix") as refusal:
        resolve_prefix(root, prefix)
    assert str(refusal.value).isprintable()
    assert list(tmp_path.rglob("*")) == [root]


@pytest.mark.parametrize("prefix", TOO_LONG)
def test_names_no_file_system_takes_are_refused(tmp_path: Path, prefix: str) -> None:
    with pytest.raises(FileRefused, match="255 bytes"):
        resolve_prefix(tmp_path, prefix)
    assert list(tmp_path.iterdir()) == []


def test_a_path_longer_than_the_system_takes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="errno 36"):
        resolve_prefix(tmp_path, "/".join(["d" * 200] * 20) + f"/{'d' * 70}/x")


def test_a_prefix_that_can_be_no_path_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="of 100000 characters: expected at most 4096"):
        resolve_prefix(tmp_path, "x" * 100_000)


@pytest.mark.parametrize(
    ("prefix", "directory", "name"),
    [
        ("run", ".", "run"),
        ("user/sample 1/run", "user/sample 1", "run"),
        ("mit Umlaut/größe", "mit Umlaut", "größe"),
        ("..a/b..c", "..a", "b..c"),
        ("a...", ".", "a..."),
        ("a//b", "a", "b"),
        ("./a", ".", "a"),
        ("x_master.h5", ".", "x"),
        ("d/x_master.h5", "d", "x"),
        ("100%b", ".", "100%b"),
    ],
)
def test_honest_names_work(tmp_path: Path, prefix: str, directory: str, name: str) -> None:
    """Directories are made; a trailing _master.h5 is taken off."""
    resolved = resolve_prefix(tmp_path, prefix)
    assert resolved.directory == (tmp_path / directory).resolve()
    assert resolved.directory.is_dir()
    assert resolved.master_file.name == f"{name}_master.h5"
    assert resolved.data_file(0).name == f"{name}_data_000001.h5"


def test_file_numbers_grow_beyond_six_digits(tmp_path: Path) -> None:
    """W035."""
    prefix = resolve_prefix(tmp_path, "run")
    assert prefix.data_file(999_998).name == "run_data_999999.h5"
    assert prefix.data_file(999_999).name == "run_data_1000000.h5"


def test_a_link_must_not_lead_out(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "link").symlink_to(outside)
    (root / "deep").mkdir()
    (root / "deep" / "link").symlink_to("../../outside/new")
    for prefix in ("link/x", "link/new/x", "deep/link/x"):
        with pytest.raises(FileRefused, match="symbolic link"):
            resolve_prefix(root, prefix)
    assert list(outside.iterdir()) == []
    assert resolve_prefix(root, "link/x", follow_links=True).directory == outside


def test_a_link_inside_the_root_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert resolve_prefix(tmp_path, "link/x").directory == tmp_path / "real"


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(FileRefused, match="loop"):
        resolve_prefix(tmp_path, "loop/x")


@pytest.mark.parametrize("prefix", ["file/x", "file/deeper/x"])
def test_a_file_in_the_place_of_a_directory_is_refused(tmp_path: Path, prefix: str) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("precious")
    with pytest.raises(FileRefused, match=str(blocked)):
        resolve_prefix(tmp_path, prefix)
    assert blocked.read_text() == "precious"


def test_a_directory_that_may_not_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Permissions do not bind a superuser, so what the system answers is set."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(FileRefused, match=r"Permission denied \(errno 13\)"):
        resolve_prefix(tmp_path, "run")
