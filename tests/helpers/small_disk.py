"""A disk that is soon full."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(directory: Path, size_kib: int) -> Iterator[Path]:
    """Mount a file system of that size on ``directory``; skip the test where that is forbidden.

    A limit on the size of files would not do: it also stops HDF5 from extending a file by a
    hole, which a full disk allows.
    """
    directory.mkdir()
    options = f"size={size_kib}k"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a small file system: {mounted.stderr.strip()}")
    try:
        yield directory
    finally:
        subprocess.run(["umount", str(directory)], check=True)
