"""Relations of diffraction."""

import pytest
from scipy import constants

from jfjoch.geometry.diffraction import wavelength_angstrom


def test_wavelength_agrees_with_the_constants_of_nature() -> None:
    energy_j = 12.4e3 * constants.electron_volt
    expected_m = constants.Planck * constants.speed_of_light / energy_j
    assert wavelength_angstrom(12.4) == pytest.approx(expected_m * 1e10, rel=1e-7)
