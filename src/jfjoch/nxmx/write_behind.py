"""Bytes that go to a file while the caller goes on."""

import ctypes
import errno
import os
import sys
import weakref
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

_LEAST_BYTES = 1 << 16
"""What is smaller is written in less time than it takes to wake up a thread."""
_MOST_BYTES = 2 << 20
_NO_SIGNAL = 1
"""SIGEV_NONE of sigevent(3type)."""

Outcome = tuple[int, OSError | None]
"""Name of a piece, and why it is not in the file."""


class WriteBehind:
    """Gives what is written to threads of the C library: aio(7).

    A Python thread would have to wait for the interpreter before and after each write. The
    caller itself writes what is small or above 2 MiB, what the library does not take, and once
    more what it could not write.
    """

    def __init__(self, descriptor: int) -> None:
        """Write to an open file, which must not be closed before ``wait``."""
        self._descriptor = descriptor
        self._begun: deque[_Piece] = deque()
        self._begun_bytes = 0
        self._begun_end = 0
        """Up to where in the file they reach."""
        self._over: list[Outcome] = []
        # The library must not find memory that is used for something else by now.
        weakref.finalize(self, _wait_for_all, self._begun)

    def begin(self, place: int, content: bytes | memoryview, name: int) -> None:
        """Write there; the bytes must be the same until that is over.

        Waits for others when there are more than 2 MiB on their way.
        """
        piece = _Piece(place, memoryview(content), name)
        if place < self._begun_end:
            self.wait()  # not every library keeps to the order
        self._begun.append(piece)  # first, so that nothing can come between
        self._begun_bytes += piece.size
        self._begun_end = place + piece.size
        if not (_LEAST_BYTES <= piece.size <= _MOST_BYTES and piece.begin(self._descriptor)):
            self.wait()
        elif self._begun_bytes > _MOST_BYTES:
            self._wait_for_some()

    def wait(self) -> None:
        """Wait until all is over."""
        self._end(len(self._begun))
        self._begun_end = 0

    def note(self, name: int) -> None:
        """Count a piece as written that has gone another way."""
        self._over.append((name, None))

    @property
    def error(self) -> OSError | None:
        """The first of what is over and was not taken."""
        return next((error for _, error in self._over if error is not None), None)

    def take_over(self) -> Sequence[Outcome]:
        """Return what became of each piece that is over since the last time."""
        over, self._over = self._over, []
        return over

    def _wait_for_some(self) -> None:
        """Leave half of what may be on its way, and the last: each time it waits costs time."""
        count, left_bytes = 0, self._begun_bytes
        while left_bytes > _MOST_BYTES // 2 and count < len(self._begun) - 1:
            left_bytes -= self._begun[count].size
            count += 1
        self._end(count)

    def _end(self, count: int) -> None:
        if count:
            self._begun[count - 1].wait()  # woken up once, as the others are mostly over by then
        for _ in range(count):
            piece = self._begun[0]
            error = piece.end(self._descriptor)
            self._begun.popleft()
            self._begun_bytes -= piece.size
            self._over.append((piece.name, error))


class _Order(ctypes.Structure):
    """``aiocb`` of aio(7) on 64-bit Linux, the same in glibc and musl."""

    _fields_ = (
        ("descriptor", ctypes.c_int),
        ("_operation", ctypes.c_int),
        ("_priority", ctypes.c_int),
        ("address", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("_signal_value", ctypes.c_void_p),
        ("_signal", ctypes.c_int),
        ("notification", ctypes.c_int),
        ("_rest_of_sigevent", ctypes.c_char * 48),
        ("_of_library", ctypes.c_char * 32),
        ("place", ctypes.c_int64),
        ("_reserved", ctypes.c_char * 32),
    )


@dataclass(slots=True)
class _Piece:
    place: int
    content: memoryview
    name: int
    library: Any = None
    """What has it; None: nobody."""
    order: Any = None
    """Reference to what the library goes by."""

    @property
    def size(self) -> int:
        return self.content.nbytes

    def begin(self, descriptor: int) -> bool:
        """Give it to the library; whether that has taken it."""
        library = aio()
        if library is None:
            return False
        order = _Order(
            descriptor=descriptor,
            address=address_of(self.content),
            size=self.size,
            notification=_NO_SIGNAL,
            place=self.place,
        )
        self.order, self.library = ctypes.byref(order), library
        if library.aio_write(self.order) != 0:
            self.library = None
        return self.library is not None

    def wait(self) -> None:
        """Return when the library has done what it can."""
        if self.library is None:
            return
        while self.library.aio_error(self.order) == errno.EINPROGRESS and aio() is not None:
            orders = (ctypes.c_void_p * 1)(ctypes.addressof(self.order._obj))
            self.library.aio_suspend(orders, 1, None)

    def end(self, descriptor: int) -> OSError | None:
        """Write what the library has not; return what the system says to that."""
        written = 0
        if self.library is not None:
            self.wait()
            written = max(0, self.library.aio_return(self.order))
        if written == self.size:
            return None
        try:
            write_at(descriptor, self.content[written:], self.place + written)
        except OSError as error:
            return error
        return None


def write_at(descriptor: int, content: memoryview, place: int) -> None:
    """Write all of it at that byte of a file. Raises OSError."""
    while content.nbytes:
        written = os.pwrite(descriptor, content, place)
        content, place = content[written:], place + written


def address_of(content: bytes | memoryview) -> int:
    """Return where the bytes are in memory; 0 if there are none."""
    if not content:
        return 0
    address: int = np.frombuffer(content, np.uint8).__array_interface__["data"][0]
    return address


def aio() -> Any | None:
    """Return the C library, if it has what this needs.

    Not in a process that was forked from one that has used it: its threads are not there.
    """
    return _library() if os.getpid() == _first_user() else None


@cache
def _first_user() -> int:
    return os.getpid()


@cache
def _library() -> ctypes.CDLL | None:
    if sys.platform != "linux" or ctypes.sizeof(ctypes.c_void_p) != 8:
        return None  # that would be another structure
    for name in (None, "librt.so.1"):  # the second before glibc 2.34
        try:
            library = ctypes.CDLL(name)
            library.aio_return.restype = ctypes.c_ssize_t
        except (OSError, AttributeError):
            continue
        return library
    return None


def _wait_for_all(pieces: deque[_Piece]) -> None:
    for piece in pieces:
        piece.wait()
