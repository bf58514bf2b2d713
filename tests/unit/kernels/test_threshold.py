"""The low threshold."""

import numpy as np
import pytest

from jfjoch.kernels import threshold as kernels
from jfjoch.kernels.counts import ERROR, SATURATED
from tests.reference.threshold import zero_below


@pytest.mark.parametrize("threshold", [1, 2, 1000, int(SATURATED)])
def test_counts_below_become_zero_but_errors(threshold: int) -> None:
    """B059: counts below, negative ones too, become 0; the error value stays."""
    counts = np.array([ERROR, ERROR + 1, -5, -1, 0, 1, 2, 999, 1000, 1001, SATURATED], np.int32)
    result = counts.copy()
    kernels.zero_below(result, 0, result.size, threshold)
    np.testing.assert_array_equal(result, zero_below(counts, threshold))
    assert result[0] == ERROR
    assert result[-1] == SATURATED


def test_only_the_range_asked_for_changes() -> None:
    counts = np.ones(20, np.int32)
    kernels.zero_below(counts, 5, 8, 2)
    np.testing.assert_array_equal(counts, [1] * 5 + [0] * 8 + [1] * 7)
