"""The UDP ports receivers listen on: they are fixed, so only one detector may send at a time."""

import fcntl
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
    """Have them for the block; other tests of this machine wait.

    Skips the test where the system gives so small buffers that packets get lost by themselves.
    """
    _skip_with_small_buffers()
    with Path(tempfile.gettempdir(), "jfjoch_test_udp_ports.lock").open("w") as file:
        _lock(file)
        yield


def _lock(file: TextIO) -> None:
    give_up = time.monotonic() + _LONGEST_WAIT_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            assert time.monotonic() < give_up, "another test keeps the UDP ports"
            time.sleep(_POLL_S)
        else:
            return


def _skip_with_small_buffers() -> None:
    with open_data_socket("127.0.0.1", free_udp_ports(1), 2 * _LEAST_BUFFER_BYTES) as probe:
        given = given_buffer_bytes(probe)
    if given < _LEAST_BUFFER_BYTES:
        pytest.skip(
            f"needs receive buffers of {_LEAST_BUFFER_BYTES} bytes, the system gives {given}: "
            f"sysctl -w net.core.rmem_max={_LEAST_BUFFER_BYTES}"
        )
