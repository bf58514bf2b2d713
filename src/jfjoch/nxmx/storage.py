"""What goes wrong on a disk, told in one way."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jfjoch.errors import FileRefused


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
    number = error.errno if isinstance(error, OSError) else None
    if number is None:
        return str(error).splitlines()[0] if str(error) else type(error).__name__
    return f"{os.strerror(number)} (errno {number})"
