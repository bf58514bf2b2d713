"""Rows that wait for being written."""

import numpy as np
import pytest

from jfjoch.nxmx.changed_rows import ChangedRows


@pytest.mark.parametrize("seed", range(5))
def test_all_that_changed_lie_in_the_rows_of_their_chunk(seed: int) -> None:
    rng = np.random.default_rng(seed)
    changed = ChangedRows(10)
    for _ in range(20):
        rows = rng.integers(0, 45, rng.integers(1, 12)).tolist()
        for row in rows:
            changed.add(row)
        spans = dict(changed.take())
        assert set(spans) == {row // 10 * 10 for row in rows}
        for first, span in spans.items():
            inside = [row - first for row in rows if row // 10 * 10 == first]
            assert span == range(min(inside), max(inside) + 1)
        assert list(changed.take()) == []
