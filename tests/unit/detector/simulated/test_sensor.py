"""The truth of the simulated pixels is that of a real detector, roughly."""

import numpy as np
import pytest

from jfjoch.calibration.gains import NOMINAL_GAINS_ADU_PER_KEV, GainMaps
from jfjoch.detector.simulated.sensor import PEDESTALS_ADU, READOUT_RMS_ADU, Sensor


@pytest.fixture(scope="module")
def sensor() -> Sensor:
    return Sensor(2, None, seed=1)


def test_pedestal_and_noise(sensor: Sensor) -> None:
    assert sensor.pedestals_adu.shape == sensor.rms_adu.shape == (3, 2, 512, 1024)
    assert sensor.pedestals_adu.dtype == sensor.rms_adu.dtype == np.float32
    for stage in range(3):
        pedestal, rms = sensor.pedestals_adu[stage], sensor.rms_adu[stage]
        assert pedestal.mean() == pytest.approx(PEDESTALS_ADU[stage], abs=100)
        assert 60 < pedestal.std() < 150
        assert rms.mean() == pytest.approx(READOUT_RMS_ADU[stage], rel=0.01)
        assert 0 < rms.min() < rms.max() < 100


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
