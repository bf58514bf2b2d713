"""The truth of the simulated pixels is that of a real detector, roughly."""

import numpy as np
import pytest

from jfjoch.calibration.gains import NOMINAL_GAINS_ADU_PER_KEV, GainMaps
from jfjoch.detector.simulated.sensor import (
    PEDESTAL_HG0_ADU,
    PEDESTALS_ADU,
    READOUT_RMS_ADU,
    READOUT_RMS_HG0_ADU,
    Sensor,
)
from jfjoch.errors import DetectorError


@pytest.fixture(scope="module")
def sensor() -> Sensor:
    return Sensor(2, None, seed=1)


def test_pedestal_and_noise(sensor: Sensor) -> None:
    truth = sensor.truth()
    assert truth.pedestals_adu.shape == truth.rms_adu.shape == (2, 3, 512, 1024)
    assert truth.gains_adu_per_keV.shape == (2, 3, 512, 1024)
    assert truth.pedestals_adu.dtype == truth.rms_adu.dtype == np.float32
    for stage in range(3):
        pedestal, rms = truth.pedestals_adu[:, stage], truth.rms_adu[:, stage]
        assert pedestal.mean() == pytest.approx(PEDESTALS_ADU[stage], abs=100)
        assert 60 < pedestal.std() < 150
        assert rms.mean() == pytest.approx(READOUT_RMS_ADU[stage], rel=0.01)
        assert 0 < rms.min() < rms.max() < 100


def test_storage_cells_differ_in_their_pedestals_alone(sensor: Sensor) -> None:
    first, second, last = (sensor.truth(cell) for cell in (0, 1, 15))
    for other in (second, last):
        shift = other.pedestals_adu - first.pedestals_adu
        assert 20 < shift.std() < 80
        np.testing.assert_array_equal(other.rms_adu, first.rms_adu)
        np.testing.assert_array_equal(other.gains_adu_per_keV, first.gains_adu_per_keV)
    assert (second.pedestals_adu != last.pedestals_adu).mean() > 0.99
    assert sensor.truth(15) is last, "made only once"
    # The order in which they are asked for does not matter.
    np.testing.assert_array_equal(Sensor(2, None, 1).truth(15).pedestals_adu, last.pedestals_adu)


def test_high_gain_changes_g0_alone() -> None:
    """B094."""
    levels = np.array((41.0, -1.4, -0.1, 100.0))[:, None, None]
    gains = GainMaps(np.broadcast_to(levels, (1, 4, 512, 1024)))
    sensor = Sensor(1, gains, seed=1)
    usual, high = sensor.truth(2), sensor.truth(2, use_hg0=True)
    assert (usual.gains_adu_per_keV[:, 0] == 41.0).all()
    assert (high.gains_adu_per_keV[:, 0] == 100.0).all()
    assert high.pedestals_adu[:, 0].mean() == pytest.approx(PEDESTAL_HG0_ADU, abs=100)
    assert high.rms_adu[:, 0].mean() == pytest.approx(READOUT_RMS_HG0_ADU, rel=0.01)
    for usual_map, high_map in zip(
        (usual.pedestals_adu, usual.rms_adu, usual.gains_adu_per_keV),
        (high.pedestals_adu, high.rms_adu, high.gains_adu_per_keV),
        strict=True,
    ):
        np.testing.assert_array_equal(high_map[:, 1:], usual_map[:, 1:])


def test_high_gain_must_be_in_the_gain_maps(sensor: Sensor) -> None:
    with pytest.raises(DetectorError, match="no gain maps of HG0"):
        sensor.truth(0, use_hg0=True)


def test_gains_vary_around_the_nominal_ones(sensor: Sensor) -> None:
    ratio = sensor.gains.maps / np.array(NOMINAL_GAINS_ADU_PER_KEV)[:, None, None]
    assert ratio.mean() == pytest.approx(1, abs=1e-3)
    assert ratio.std() == pytest.approx(0.03, abs=1e-3)


def test_given_gains_are_true() -> None:
    gains = GainMaps.nominal(1)
    assert Sensor(1, gains, seed=1).gains is gains


def test_a_gain_that_is_no_number_is_a_pixel_without_reaction() -> None:
    gains = GainMaps(GainMaps.nominal(1).maps, ("gain.bin",))
    gains.maps[0, 1, 2, 3] = np.nan
    true = Sensor(1, gains, seed=1).gains
    assert true.maps[0, 1, 2, 3] == 0
    assert np.isnan(gains.maps[0, 1, 2, 3]), "the conversion still sees what the file says"
    assert (true.maps == gains.maps).sum() == gains.maps.size - 1
    assert true.file_names == ("gain.bin",)
