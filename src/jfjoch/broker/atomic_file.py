"""Small files of the state directory: replaced whole or not at all, set aside when unreadable."""

import logging
import os
import tempfile
from pathlib import Path

from jfjoch.errors import OperationFailed

log = logging.getLogger(__name__)


def replace_text(path: Path, text: str) -> None:
    """Write ``path`` in UTF-8 as ``replace_bytes`` does."""
    replace_bytes(path, text.encode())


def replace_bytes(path: Path, content: bytes) -> None:
    """Write ``path`` so that a crash leaves the old or the new content, never a part of it.

    Raises OperationFailed naming the file when it can't be written.
    """
    try:
        _replace(path, content)
    except OSError as error:
        raise OperationFailed(
            f"{path} could not be written ({error.strerror}); check the state directory"
        ) from error


def _replace(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    """Make the new name itself survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def set_aside(path: Path, why: str) -> Path:
    """Rename an unusable file to the first free ``<name>.corrupt-<n>`` and warn; it is kept."""
    number = 1
    while (kept := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    path.rename(kept)
    log.warning("%s can't be used (%s); it was set aside as %s", path, why, kept.name)
    return kept
