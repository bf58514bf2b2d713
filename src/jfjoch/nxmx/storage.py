"""What goes wrong on a disk, told in one way."""

import os
import re
from contextlib import AbstractContextManager
from pathlib import Path

from jfjoch.errors import FileRefused

_HDF5_ERRNO = re.compile(r"errno = (\d+)")
"""Some of HDF5's errors hold the number only in their text."""


def writing(path: Path) -> AbstractContextManager[None]:
    """Turn what the operating system or HDF5 says into one error with path and errno.

    Raises FileRefused. HDF5 reports some consequences of a full disk as RuntimeError, and h5py
    what can't be read as SystemError.
    """
    return _Writing(path)


class _Writing:
    """Not a generator: it is entered twice for each image."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is None:
            return
        if isinstance(error, FileExistsError):
            raise FileRefused(
                f"expected no file {self._path}, but there is one; it was left as it is: "
                "move it away or choose another file_prefix"
            ) from error
        if isinstance(error, OSError | RuntimeError | SystemError):
            raise FileRefused(f"can't write {self._path}: {reason(error)}") from error


def reason(error: BaseException) -> str:
    """Say in one line what happened, with errno where it is known."""
    if isinstance(error, SystemError) and error.__cause__ is not None:
        return reason(error.__cause__)
    text = str(error)
    number = error.errno if isinstance(error, OSError) else None
    if number is None and (told := _HDF5_ERRNO.search(text)):
        number = int(told[1])
    if number is None:
        return text.splitlines()[0] if text else type(error).__name__
    return f"{os.strerror(number)} (errno {number})"
