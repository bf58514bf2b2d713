"""When images are written that the C library would write at some time."""

import ctypes
import errno
import os
from collections.abc import Callable
from typing import Any

import pytest

from jfjoch.nxmx import write_behind

OrderOfWrites = Callable[[pytest.MonkeyPatch], None]
"""Makes all writes go through ``os.pwrite``, in a certain order."""


class LateLibrary:
    """Has the calls of aio(7), writes when somebody waits, and the last first, as some may."""

    def __init__(self) -> None:
        self._waiting: list[Any] = []
        self._outcomes: dict[int, tuple[int, int]] = {}
        """By address: what was written, and the error."""

    def aio_write(self, reference: Any) -> int:
        self._waiting.append(reference._obj)
        self._outcomes[_address(reference)] = 0, errno.EINPROGRESS
        return 0

    def aio_suspend(self, *_: object) -> int:
        for order in reversed(self._waiting):
            self._outcomes[ctypes.addressof(order)] = _write(order)
        self._waiting.clear()
        return 0

    def aio_error(self, reference: Any) -> int:
        return self._outcomes[_address(reference)][1]

    def aio_return(self, reference: Any) -> int:
        return self._outcomes[_address(reference)][0]


def written_late(patch: pytest.MonkeyPatch) -> None:
    """When somebody waits for it; what could not be written is tried once more."""
    library = LateLibrary()
    patch.setattr(write_behind, "aio", lambda: library)
    patch.setattr(write_behind, "_LEAST_BYTES", 1)


def written_at_once(patch: pytest.MonkeyPatch) -> None:
    """Before anything else is, because there is no library."""
    patch.setattr(write_behind, "aio", lambda: None)


ORDERS: tuple[OrderOfWrites, ...] = (written_late, written_at_once)


def _address(reference: Any) -> int:
    return ctypes.addressof(reference._obj)


def _write(order: Any) -> tuple[int, int]:
    content = memoryview(ctypes.string_at(order.address, order.size))
    try:
        return os.pwrite(order.descriptor, content, order.place), 0
    except OSError as error:
        return -1, error.errno or errno.EIO
