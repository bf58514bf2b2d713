"""Memory at the beginning of a cache line."""

import numpy as np
import pytest

from jfjoch.kernels.aligned import LINE_BYTES, aligned_copy, aligned_empty


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32", "float64"])
@pytest.mark.parametrize("shape", [1, 1001, (3, 5, 7)])
def test_begins_with_a_line(shape: int | tuple[int, ...], dtype: str) -> None:
    arrays = [aligned_empty(shape, dtype) for _ in range(5)]
    assert all(array.ctypes.data % LINE_BYTES == 0 for array in arrays)
    assert {array.shape for array in arrays} == {np.empty(shape).shape}
    assert all(array.dtype == dtype and array.flags.c_contiguous for array in arrays)


def test_copies_whatever_the_order() -> None:
    values = np.arange(30, dtype=np.float32).reshape(5, 6).T
    copy = aligned_copy(values)
    np.testing.assert_array_equal(copy, values)
    assert copy.flags.c_contiguous
    assert copy.ctypes.data % LINE_BYTES == 0
