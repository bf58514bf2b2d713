"""Pedestals as values."""

from datetime import UTC, datetime

import numpy as np
import pytest

from jfjoch.calibration.pedestals import (
    MODULE_SHAPE,
    Pedestals,
    StagePedestal,
    measured_stage,
)
from jfjoch.model.plan import GainStage

TIME = datetime(2025, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("gain_stage", "stage"),
    [("dynamic", 0), ("forced_g1", 1), ("forced_g2", 2), ("fixed_g1", 1)],
)
def test_stage_that_dark_frames_show(gain_stage: GainStage, stage: int) -> None:
    assert measured_stage(gain_stage) == stage


def test_bad_is_nan_or_above_the_range_but_not_zero() -> None:
    pedestals = Pedestals.zero(1)
    values = [0.0, 16383.0, 16383.5, np.nan, np.inf, -1.0]
    pedestals.mean_adu[0, 0, 0, 0, :6] = values
    bad = pedestals.bad
    np.testing.assert_array_equal(bad[0, 0, 0, 0, :6], [False, False, True, True, True, False])
    assert bad.sum() == 3


def test_one_measured_stage_leaves_the_others_unmeasured() -> None:
    before = Pedestals.unmeasured(2, storage_cell_count=2)
    mean = np.full((2, *MODULE_SHAPE), 13600, np.float32)
    after = before.with_measured(StagePedestal(1, mean, mean / 1000), TIME, storage_cell=1)
    assert (after.mean_adu[1, 1] == 13600).all()
    assert (after.rms_adu[1, 1] == np.float32(13.6)).all()
    assert np.isfinite(after.mean_adu).sum() == mean.size
    assert (after.origin, after.time) == ("measured", TIME)
    assert np.isnan(before.mean_adu).all(), "the pedestal in use stays until it is replaced"
