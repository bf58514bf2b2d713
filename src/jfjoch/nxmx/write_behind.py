"""Bytes that go to a file while the caller goes on."""

import ctypes
import errno
import os
import weakref
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

_MOST_BYTES = 2 << 20
_NO_SIGNAL = 1
"""SIGEV_NONE of sigevent(3type)."""


class WriteBehind:
    """Gives what is written to a thread of the C library: aio(7).

    A Python thread would have to wait for the interpreter before and after each write. What the
    library does not take or can't write, the caller writes in ``wait``, which also tells why not.
    """

    def __init__(self, descriptor: int) -> None:
        """Write to an open file, which must not be closed before ``wait``."""
        self._descriptor = descriptor
        self._begun: deque[_Piece] = deque()
        self._begun_bytes = 0
        self._over: list[OSError | None] = []
        # The library must not find memory that is used for something else by now.
        weakref.finalize(self, _wait_for_all, self._begun)

    def begin(self, place: int, content: bytes | memoryview) -> None:
        """Write there; the bytes must be the same until that is over.

        Waits for others when more than 2 MiB are on their way.
        """
        size = len(content)
        order = begun_order(self._descriptor, place, content) if size <= _MOST_BYTES else None
        self._begun.append(_Piece(place, content, order))
        self._begun_bytes += size
        if self._begun_bytes > _MOST_BYTES:  # half of them: each time that it waits costs time
            self._end((len(self._begun) + 1) // 2)

    def wait(self) -> None:
        """Wait until all is over."""
        self._end(len(self._begun))

    @property
    def error(self) -> OSError | None:
        """The first of what is over and was not taken."""
        return next((error for error in self._over if error is not None), None)

    def take_over(self) -> Sequence[OSError | None]:
        """Return what became of each piece that is over since the last time, in their order."""
        over, self._over = self._over, []
        return over

    def _end(self, count: int) -> None:
        if count:
            self._begun[count - 1].wait()  # woken up once: the library keeps to the order
        for _ in range(count):
            piece = self._begun.popleft()
            self._begun_bytes -= len(piece.content)
            self._over.append(self._outcome(piece))

    def _outcome(self, piece: "_Piece") -> OSError | None:
        written = piece.written()
        left = memoryview(piece.content)[written:]
        try:  # once more what is left, for its error
            write_at(self._descriptor, left, piece.place + written)
        except OSError as error:
            return error
        return None


def write_at(descriptor: int, content: memoryview, place: int) -> None:
    """Write all of it at that byte of a file. Raises OSError."""
    while content.nbytes:
        written = os.pwrite(descriptor, content, place)
        content, place = content[written:], place + written


def address_of(content: bytes | memoryview) -> int:
    """Return where the bytes are in memory."""
    address: int = np.frombuffer(content, np.uint8).__array_interface__["data"][0]
    return address


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


@dataclass(frozen=True, slots=True)
class _Piece:
    place: int
    content: bytes | memoryview
    order: _Order | None
    """What the library has; None: the caller has to write."""

    def wait(self) -> None:
        """Return when the library has done what it can."""
        if self.order is None:
            return
        aio, order = _aio(), ctypes.byref(self.order)
        orders = (ctypes.c_void_p * 1)(ctypes.addressof(self.order))
        while aio.aio_error(order) == errno.EINPROGRESS:
            aio.aio_suspend(orders, 1, None)

    def written(self) -> int:
        """Wait, and return how many bytes are in the file."""
        if self.order is None:
            return 0
        self.wait()
        written: int = _aio().aio_return(ctypes.byref(self.order))
        return max(0, written)


def begun_order(descriptor: int, place: int, content: bytes | memoryview) -> _Order | None:
    """Give bytes to the library; return what it must find where it is until they are written.

    None if it does not take them, or there are none.
    """
    if not content:
        return None
    order = _Order(
        descriptor=descriptor,
        address=address_of(content),
        size=len(content),
        notification=_NO_SIGNAL,
        place=place,
    )
    return order if _aio().aio_write(ctypes.byref(order)) == 0 else None


def _wait_for_all(pieces: deque[_Piece]) -> None:
    for piece in pieces:
        piece.wait()


@cache
def _aio() -> ctypes.CDLL:
    library = ctypes.CDLL(None)
    if not hasattr(library, "aio_write"):  # glibc before 2.34
        library = ctypes.CDLL("librt.so.1")
    library.aio_return.restype = ctypes.c_ssize_t
    return library
