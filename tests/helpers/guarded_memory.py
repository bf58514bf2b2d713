"""Memory whose surroundings must stay as they are."""

import numpy as np
from numpy.typing import NDArray

_GUARD = 0xA5
_GUARD_BYTES = 4096


class GuardedMemory:
    """``size`` bytes for kernels that take addresses, between bytes that are watched."""

    def __init__(self, size: int) -> None:
        self._all = np.full(size + 2 * _GUARD_BYTES, _GUARD, np.uint8)
        self._size = size

    @property
    def bytes(self) -> NDArray[np.uint8]:
        """The memory itself."""
        return self._all[_GUARD_BYTES : _GUARD_BYTES + self._size]

    @property
    def address(self) -> int:
        """Where it begins."""
        return int(self.bytes.ctypes.data)

    def check(self, used: int | None = None) -> None:
        """Fail if something changed outside, or behind the first ``used`` bytes."""
        end = self._size if used is None else used
        assert (self._all[:_GUARD_BYTES] == _GUARD).all(), "written before the memory"
        assert (self._all[_GUARD_BYTES + end :] == _GUARD).all(), "written behind the memory"

    def reset(self) -> None:
        """Make all as it was."""
        self._all[:] = _GUARD
