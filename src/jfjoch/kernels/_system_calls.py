"""Calls to the system's C library, for kernels that move packets.

Numba can keep compiled calls by name on disk; through ctypes it could not.
"""

from collections.abc import Callable
from typing import Any

from numba.core import types

_INT, _UNSIGNED, _ADDRESS, _SIZE = types.int32, types.uint32, types.int64, types.int64

receive_messages: Callable[..., Any] = types.ExternalFunction(
    "recvmmsg", _INT(_INT, _ADDRESS, _UNSIGNED, _INT, _ADDRESS)
)
"""(socket, mmsghdr[], count, flags, time-out): messages received, or -1; see recvmmsg(2)."""
poll: Callable[..., Any] = types.ExternalFunction("poll", _INT(_ADDRESS, types.uint64, _INT))
"""(pollfd[], count, time-out in ms): how many are ready; see poll(2)."""
sleep_us: Callable[..., Any] = types.ExternalFunction("usleep", _INT(_UNSIGNED))
"""See usleep(3)."""
copy_bytes: Callable[..., Any] = types.ExternalFunction(
    "memcpy", _ADDRESS(_ADDRESS, _ADDRESS, _SIZE)
)
"""(to, from, bytes)."""
fill_bytes: Callable[..., Any] = types.ExternalFunction("memset", _ADDRESS(_ADDRESS, _INT, _SIZE))
"""(at, value, bytes)."""
send_messages: Callable[..., Any] = types.ExternalFunction(
    "sendmmsg", _INT(_INT, _ADDRESS, _UNSIGNED, _INT)
)
"""(socket, mmsghdr[], count, flags): messages sent, or -1; see sendmmsg(2)."""
error_number_at: Callable[..., Any] = types.ExternalFunction(
    "__errno_location",
    types.CPointer(_INT)(),  # type: ignore[no-untyped-call]
)
"""() -> pointer to the thread's errno."""
yield_processor: Callable[..., Any] = types.ExternalFunction("sched_yield", _INT())
"""See sched_yield(2)."""
