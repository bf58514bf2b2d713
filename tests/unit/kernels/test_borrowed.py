"""Arrays without an owner are the same arrays."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._borrowed import borrowed
from jfjoch.kernels._jit import kernel


class _Given(NamedTuple):
    numbers: NDArray[np.int64]
    factor: int
    bytes: NDArray[np.uint8]


class _Alike(NamedTuple):
    first: NDArray[np.int64]
    second: NDArray[np.int64]


@kernel
def _work(given: _Given, alike: _Alike) -> int:
    given, alike = borrowed(given), borrowed(alike)
    given.numbers[1] = given.factor
    given.bytes[0, 1] = 7
    row = alike.second[1:]
    row[0] = alike.first.sum()
    return given.numbers.size * 100 + given.bytes.shape[1]


def test_kernels_read_and_write_them() -> None:
    given = _Given(np.zeros(3, np.int64), 5, np.zeros((2, 4), np.uint8))
    alike = _Alike(np.arange(4), np.zeros(2, np.int64))
    for _ in range(1000):  # an owner that is let go of too often would be freed
        assert _work(given, alike) == 304
    assert given.numbers.tolist() == [0, 5, 0]
    assert given.bytes.tolist() == [[0, 7, 0, 0], [0, 0, 0, 0]]
    assert alike.second.tolist() == [0, 6]
