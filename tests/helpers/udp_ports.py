"""The UDP ports receivers listen on: they are fixed, so only one detector may send at a time."""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from jfjoch.detector.udp.data_socket import given_buffer_bytes, open_data_socket
from tests.helpers.ports import free_udp_ports

_LONGEST_WAIT_S = 1800.0
_POLL_S = 0.1
_LEAST_BUFFER_BYTES = 16 * 2**20
"""Some frames: tests share their cores with what they test."""


@contextmanager
def reserved_udp_ports() -> Iterator[None]:
    """Have them for the block; other test processes of this machine wait, or are waited for.

    Blocks within blocks share them: their detectors then have to send one after the other.
    Skips the test where the system gives so small buffers that packets get lost by themselves.
    """
    _skip_with_small_buffers()
    with Path(tempfile.gettempdir(), "jfjoch_test_udp_ports.lock").open("a+") as file:
        _lock(file)
        yield


def _lock(file: TextIO) -> None:
    """Lock the file and name this process in it, unless it has the lock already."""
    own = str(os.getpid())
    give_up = time.monotonic() + _LONGEST_WAIT_S
    while not _is_free(file):
        if _content(file) == own:
            return
        assert time.monotonic() < give_up, f"process {_content(file)} keeps the UDP ports"
        time.sleep(_POLL_S)
    file.truncate(0)
    file.write(own)
    file.flush()


def _is_free(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _content(file: TextIO) -> str:
    file.seek(0)
    return file.read()


def _skip_with_small_buffers() -> None:
    with open_data_socket("127.0.0.1", free_udp_ports(1), 2 * _LEAST_BUFFER_BYTES) as probe:
        given = given_buffer_bytes(probe)
    if given < _LEAST_BUFFER_BYTES:
        pytest.skip(
            f"needs receive buffers of {_LEAST_BUFFER_BYTES} bytes, the system gives {given}: "
            f"sysctl -w net.core.rmem_max={_LEAST_BUFFER_BYTES}"
        )
