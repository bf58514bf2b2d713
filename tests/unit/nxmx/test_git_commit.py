"""The commit that files name as their maker."""

import json
from pathlib import Path

import pytest

from jfjoch.nxmx.git_commit import checked_out_commit, commit_in_direct_url, installed_commit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package in ``src`` of a checkout whose .git is still empty."""
    package = tmp_path / "src" / "jfjoch"
    package.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    return package


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_branch(package: Path, tmp_path: Path) -> None:
    write(tmp_path / ".git/HEAD", "ref: refs/heads/work/here\n")
    write(tmp_path / ".git/refs/heads/work/here", f"{COMMIT}\n")
    assert checked_out_commit(package) == COMMIT


def test_a_packed_branch(package: Path, tmp_path: Path) -> None:
    write(tmp_path / ".git/HEAD", "ref: refs/heads/main\n")
    lines = ["# pack-refs with: peeled", f"{'f' * 40} refs/heads/mai", f"{COMMIT} refs/heads/main"]
    write(tmp_path / ".git/packed-refs", "\n".join(lines))
    assert checked_out_commit(package) == COMMIT


def test_no_branch(package: Path, tmp_path: Path) -> None:
    write(tmp_path / ".git/HEAD", f"{COMMIT}\n")
    assert checked_out_commit(package) == COMMIT


@pytest.mark.parametrize("absolute", [True, False])
def test_a_linked_work_tree(package: Path, tmp_path: Path, absolute: bool) -> None:
    (tmp_path / ".git").rmdir()
    link = tmp_path / "main/.git/worktrees/w" if absolute else "main/.git/worktrees/w"
    write(tmp_path / ".git", f"gitdir: {link}\n")
    write(tmp_path / "main/.git/worktrees/w/HEAD", "ref: refs/heads/main\n")
    write(tmp_path / "main/.git/worktrees/w/commondir", "../..\n")
    write(tmp_path / "main/.git/refs/heads/main", COMMIT)
    assert checked_out_commit(package) == COMMIT


def test_a_repository_without_a_commit(package: Path, tmp_path: Path) -> None:
    assert checked_out_commit(package) == ""
    write(tmp_path / ".git/HEAD", "ref: refs/heads/main\n")
    assert checked_out_commit(package) == ""
    write(tmp_path / ".git/packed-refs", f"{COMMIT} refs/heads/other\n")
    assert checked_out_commit(package) == ""


def test_a_repository_around_an_installed_package_is_none_of_ours(tmp_path: Path) -> None:
    write(tmp_path / ".git/HEAD", COMMIT)
    assert checked_out_commit(tmp_path / "site-packages" / "jfjoch") == ""


@pytest.mark.parametrize(
    ("content", "commit"),
    [
        ({"url": "https://x", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}, COMMIT),
        ({"url": "file:///x", "dir_info": {"editable": True}}, ""),
        ({"vcs_info": {"commit_id": 7}}, ""),
        ([], ""),
    ],
)
def test_what_pip_notes(content: object, commit: str) -> None:
    assert commit_in_direct_url(json.dumps(content)) == commit
    assert commit_in_direct_url("no JSON") == ""


def test_what_runs_here_is_a_commit_or_nothing() -> None:
    commit = installed_commit()
    assert commit == "" or int(commit, 16)
