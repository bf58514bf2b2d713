"""Multipixels by themselves; regions themselves are tested where they are made."""

import numpy as np
import pytest

from jfjoch.kernels.counts import ERROR
from jfjoch.kernels.direct import new_scratch
from jfjoch.kernels.frame import convert_to_counts
from jfjoch.kernels.roi import convert_some
from tests.helpers.pipeline_runs import tables_of
from tests.helpers.pixel_types import pixel_plan
from tests.helpers.raw_frames import calibrated_frames


@pytest.mark.parametrize("threshold", [0, 3])
@pytest.mark.parametrize("limit", [5, 32766])
def test_some_pixels_are_converted_like_all(threshold: int, limit: int) -> None:
    frames = calibrated_frames(frames=1)
    tables = tables_of(frames, pixel_plan())
    assert tables is not None
    raw = frames.raw[0].reshape(-1)
    expected = np.empty(raw.size, np.int32)
    convert_to_counts(raw, tables.cells[0], threshold, limit, new_scratch(), expected)
    pixels = np.random.default_rng(0).permutation(raw.size)[:50_000]
    counts = np.empty(pixels.size, np.int32)
    convert_some(raw, tables.cells[0], pixels, threshold, limit, counts)
    np.testing.assert_array_equal(counts, expected[pixels])
    assert len(np.unique(counts)) > 4
    assert ERROR in counts
