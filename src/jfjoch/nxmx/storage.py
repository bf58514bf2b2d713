"""What goes wrong on a disk, told in one way."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jfjoch.errors import FileRefused

_HDF5_ERRNO = re.compile(r"errno = (\d+)")
"""Some of HDF5's errors hold the number only in their text."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the operating system or HDF5 says into one error with path and errno.

    Raises FileRefused. HDF5 reports some consequences of a full disk as RuntimeError.
    """
    try:
        yield
    except FileExistsError as error:
        raise FileRefused(
            f"expected no file {path}, but there is one; it was left as it is: "
            "move it away or choose another file_prefix"
        ) from error
    except (OSError, RuntimeError) as error:
        raise FileRefused(f"can't write {path}: {_reason(error)}") from error


def _reason(error: OSError | RuntimeError) -> str:
    text = str(error)
    number = error.errno if isinstance(error, OSError) else None
    if number is None and (told := _HDF5_ERRNO.search(text)):
        number = int(told[1])
    if number is None:
        return text.splitlines()[0] if text else type(error).__name__
    return f"{os.strerror(number)} (errno {number})"
