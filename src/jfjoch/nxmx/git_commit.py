"""From which commit this package was installed."""

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import jfjoch


def installed_commit() -> str:
    """Return the commit as hexadecimal digits; "" when neither pip nor a checkout tells."""
    return _commit_told_by_pip() or checked_out_commit(Path(jfjoch.__file__).parent)


def _commit_told_by_pip() -> str:
    """What pip notes when it installs from a repository.

    Source: Python packaging specification "Recording the direct URL origin".
    """
    try:
        text = distribution("jfjoch").read_text("direct_url.json")
    except PackageNotFoundError:
        return ""
    return commit_in_direct_url(text or "{}")


def commit_in_direct_url(text: str) -> str:
    """Return the commit in the content of a ``direct_url.json``; "" when there is none."""
    try:
        commit = json.loads(text)["vcs_info"]["commit_id"]
    except (ValueError, TypeError, KeyError):
        return ""
    return commit if isinstance(commit, str) else ""


def checked_out_commit(package: Path) -> str:
    """Return the commit of the checkout in which the package lies under ``src``; "" for none.

    Source: gitrepository-layout(5).
    """
    if package.parent.name != "src":
        return ""
    directory = package.parents[1] / ".git"
    try:
        if directory.is_file():  # a linked work tree: "gitdir: <path>"
            link = directory.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
            directory = package.parents[1] / link
        head = (directory / "HEAD").read_text(encoding="utf-8").strip()
        return _resolved(directory, head)
    except (OSError, UnicodeDecodeError):
        return ""


def _resolved(directory: Path, head: str) -> str:
    """Follow "ref: <name>" to its commit."""
    if not head.startswith("ref: "):
        return head
    name = head.removeprefix("ref: ")
    common = directory / "commondir"
    if common.exists():
        directory = directory / common.read_text(encoding="utf-8").strip()
    loose = directory / name
    if loose.exists():
        return loose.read_text(encoding="utf-8").strip()
    for line in (directory / "packed-refs").read_text(encoding="utf-8").splitlines():
        commit, _, packed_name = line.partition(" ")
        if packed_name == name:
            return commit
    return ""
