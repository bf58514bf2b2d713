"""Which images came, and their original numbers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jfjoch.writer.image_ledger import ImageLedger


def test_empty() -> None:
    ledger = ImageLedger()
    assert ledger.end == 0
    assert 0 not in ledger
    assert ledger.original_ids(3).tolist() == [0, 1, 2]


def test_missing_images_follow_the_one_before() -> None:
    ledger = ImageLedger()
    for image_id, original_id in ((1, 4), (2, 5), (5, 11)):
        ledger.enter(image_id, original_id)
    assert ledger.original_ids(8).tolist() == [0, 4, 5, 6, 7, 11, 12, 13]


@given(st.dictionaries(st.integers(0, 5000), st.integers(0, 2**53), max_size=40))
def test_everything_entered_is_found(numbers: dict[int, int]) -> None:
    ledger = ImageLedger()
    for image_id, original_id in numbers.items():
        assert image_id not in ledger
        ledger.enter(image_id, original_id)
    assert {n for n in range(5001) if n in ledger} == set(numbers)
    assert ledger.end == max(numbers, default=-1) + 1
    ids = ledger.original_ids(5001)
    assert ids.dtype == np.int64
    assert all(ids[image_id] == original_id for image_id, original_id in numbers.items())
