"""Pedestals as values."""

import re
from datetime import UTC, datetime

import numpy as np
import pytest

from jfjoch.calibration.pedestals import (
    Pedestals,
    StagePedestal,
    measured_stage,
)
from jfjoch.kernels.counts import MODULE_SHAPE
from jfjoch.model.detector_settings import DEFAULT_DETECTOR_SETTINGS, DetectorSettings
from jfjoch.model.plan import GainStage

TIME = datetime(2025, 3, 4, tzinfo=UTC)
SETTINGS = DEFAULT_DETECTOR_SETTINGS


def changed(settings: dict[str, object]) -> DetectorSettings:
    return SETTINGS.model_copy(update=settings)


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
    after = before.with_measured([StagePedestal(1, 1, mean, mean / 1000)], TIME, SETTINGS)
    assert (after.mean_adu[1, 1] == 13600).all()
    assert (after.rms_adu[1, 1] == np.float32(13.6)).all()
    assert np.isfinite(after.mean_adu).sum() == mean.size
    assert (after.origin, after.time, after.settings) == ("measured", TIME, SETTINGS)
    assert np.isnan(before.mean_adu).all(), "the pedestal in use stays until it is replaced"


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        ({}, {}, None),
        ({}, {"frame_time_us": 2000, "jungfrau_storage_cell_delay_ns": 9000}, None),
        ({}, {"jungfrau_storage_cell_count": 4}, "for jungfrau_storage_cell_count 1, .* say 4"),
        ({}, {"jungfrau_use_gain_hg0": True}, "for jungfrau_use_gain_hg0 false, .* say true"),
        ({"jungfrau_fixed_gain_g1": True}, {}, "for jungfrau_fixed_gain_g1 true, .* say false"),
    ],
)
def test_settings_that_need_another_pedestal(
    then: dict[str, object], now: dict[str, object], words: str | None
) -> None:
    """B080: what moves the dark level."""
    pedestals = Pedestals.unmeasured(1).with_measured([], TIME, changed(then))
    mismatch = pedestals.mismatch(changed(now))
    if words is None:
        assert mismatch is None
    else:
        assert re.search(words, mismatch or "")


def test_pedestals_of_unknown_settings_are_told_by_their_shape_alone() -> None:
    pedestals = Pedestals(np.zeros((3, 2, 1, *MODULE_SHAPE)), np.zeros(1), "loaded")
    both = {"jungfrau_fixed_gain_g1": True, "jungfrau_use_gain_hg0": True}
    assert pedestals.mismatch(changed({"jungfrau_storage_cell_count": 2} | both)) is None
    assert pedestals.mismatch(changed(both)) is not None


def test_with_g1_only() -> None:
    """B093."""
    measured = Pedestals.zero(1)
    loaded = Pedestals(measured.mean_adu, measured.rms_adu, "loaded", TIME)
    only = loaded.with_g1_only()
    assert np.isnan(only.mean_adu[[0, 2]]).all()
    assert np.isnan(only.rms_adu[[0, 2]]).all()
    np.testing.assert_array_equal(only.mean_adu[1], loaded.mean_adu[1])
    assert only.time == TIME
    assert np.isfinite(loaded.mean_adu).all()
    assert only.with_g1_only() is only
