"""Files that hold what the broker gave: whole, or not there."""

import os
from pathlib import Path

from jfjoch.errors import InvalidInput, OperationFailed


def read_file(path: Path) -> bytes:
    """Return the content of a file. Raises InvalidInput."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path}: expected a file, got: {error.strerror}") from error


def refuse_existing(path: Path) -> None:
    """Raise InvalidInput for a name that is taken."""
    if path.exists():
        raise InvalidInput(f"{path}: expected a new name, got an existing file; remove it first")


def write_file(path: Path, content: bytes) -> None:
    """Write a file, or replace it at once and as a whole. Raises OperationFailed.

    What is not a regular file, such as a pipe, is written to as it is.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            _replace(path.resolve(), content)
    except OSError as error:
        raise OperationFailed(
            f"{path}: expected a place to write {len(content)} bytes to, got: {error.strerror}"
        ) from error


def _replace(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
