"""Sums of counts."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jfjoch.kernels.counts import ERROR, SATURATED
from jfjoch.kernels.summation import add_counts
from tests.reference.summation import sum_counts

EDGES = (int(ERROR), int(ERROR) + 1, -(2**30), -1, 0, 1, 2**30, int(SATURATED) - 1, int(SATURATED))


def test_all_pairs_of_special_and_edge_values() -> None:
    """Error wins over saturated wins over numbers, in any order; numbers never wrap."""
    pairs = np.array(list(product(EDGES, EDGES)), np.int32).T
    total = pairs[0].copy()
    add_counts(pairs[1].copy(), total.size, total, 0)
    np.testing.assert_array_equal(total, sum_counts(pairs))


@settings(deadline=None)  # the first example compiles
@given(st.lists(st.integers(-1000, 2**23), min_size=2, max_size=256))
def test_many_frames(values: list[int]) -> None:
    frames = np.array(values, np.int32)[:, np.newaxis]
    total = frames[0].copy()
    for frame in frames[1:]:
        add_counts(frame, 1, total, 0)
    np.testing.assert_array_equal(total, sum_counts(frames))


def test_only_the_range_asked_for_changes() -> None:
    total = np.full(20, 5, np.int32)
    add_counts(np.arange(10, dtype=np.int32), 8, total, 6)
    np.testing.assert_array_equal(total, [5] * 6 + [5 + k for k in range(8)] + [5] * 6)
