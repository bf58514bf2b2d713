"""From dark frames to a pedestal, and when it is refused."""

import numpy as np
import pytest

from jfjoch.calibration.pedestal_estimator import PedestalEstimator
from jfjoch.errors import PedestalRefused
from jfjoch.model.plan import GainStage
from tests.reference.pedestal import pixel_pedestal

SHAPE = (2, 512, 1024)
STAGES: list[tuple[GainStage, int, int]] = [
    ("dynamic", 0, 0x0000),
    ("forced_g1", 1, 0x4000),
    ("forced_g2", 2, 0xC000),
    ("fixed_g1", 1, 0x4000),
]


@pytest.mark.parametrize(("gain_stage", "stage", "bits"), STAGES)
def test_estimate_of_every_stage(gain_stage: GainStage, stage: int, bits: int) -> None:
    rng = np.random.default_rng(stage)
    frames = [rng.integers(2000, 2900, SHAPE, np.uint16) | np.uint16(bits) for _ in range(5)]
    estimator = PedestalEstimator(2, gain_stage)
    for frame in frames:
        estimator.add_frame(frame)
    measured = estimator.result(min_frame_count=5)
    adc = np.stack(frames) & 0x3FFF
    assert measured.stage == stage
    np.testing.assert_allclose(measured.mean_adu, adc.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(measured.rms_adu, adc.std(axis=0), rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize(
    ("gain_stage", "bits", "wrong", "refused"),
    [
        ("dynamic", 0x0000, 2, False),
        ("dynamic", 0x0000, 3, True),
        ("forced_g1", 0x4000, 1, True),
        ("forced_g2", 0xC000, 1, True),
    ],
)
def test_wrong_gain_samples(gain_stage: GainStage, bits: int, wrong: int, refused: bool) -> None:
    estimator = PedestalEstimator(1, gain_stage)
    frames = np.full((6, 512, 1024), bits | 3000, np.uint16)
    frames[1 : 1 + wrong, 7, 9] = 0x8000 | 15000
    for frame in frames:
        estimator.add_module(0, frame)
    mean = estimator.result(6).mean_adu
    assert np.isnan(mean[0, 7, 9]) == refused
    assert np.isnan(mean).sum() == refused
    assert np.nanmin(mean) == np.nanmax(mean) == 3000


def test_window_of_the_estimate_follows_a_drift() -> None:
    rng = np.random.default_rng(0)
    samples = (2000 + np.arange(400) + rng.normal(0, 20, 400)).astype(np.uint16)
    estimator = PedestalEstimator(1, "dynamic")
    frame = np.empty((512, 1024), np.uint16)
    for sample in samples:
        frame.fill(sample)
        estimator.add_module(0, frame)
    measured = estimator.result(128)
    mean, rms = pixel_pedestal((int(sample) for sample in samples), 0, 2)
    np.testing.assert_allclose(measured.mean_adu, mean, atol=1e-2)
    np.testing.assert_allclose(measured.rms_adu, rms, rtol=1e-4)


def test_too_few_frames_of_one_module() -> None:
    """B028."""
    estimator = PedestalEstimator(2, "forced_g2", storage_cell=3)
    frame = np.full(SHAPE, 0xC000 | 14000, np.uint16)
    for _ in range(3):
        estimator.add_frame(frame)
    estimator.add_module(0, frame[0])
    assert estimator.frame_counts == (4, 3)
    with pytest.raises(PedestalRefused) as refusal:
        estimator.result(min_frame_count=4)
    for part in ("G2", "module 1", "storage cell 3", "has 3", "of the 4"):
        assert part in str(refusal.value)
    measured = estimator.result(min_frame_count=3)
    assert measured.mean_adu.shape == SHAPE
    assert measured.storage_cell == 3
