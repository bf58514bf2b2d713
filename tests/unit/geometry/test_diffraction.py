"""Relations of diffraction."""

import pytest
from scipy import constants

from jfjoch.geometry.diffraction import electron_wavelength_angstrom, wavelength_angstrom


def test_wavelength_agrees_with_the_constants_of_nature() -> None:
    energy_j = 12.4e3 * constants.electron_volt
    expected_m = constants.Planck * constants.speed_of_light / energy_j
    assert wavelength_angstrom(12.4) == pytest.approx(expected_m * 1e10, rel=1e-7)


@pytest.mark.parametrize("energy_keV", [0.001, 12.4, 200.0, 500.0])
def test_wavelength_of_electrons(energy_keV: float) -> None:  # noqa: N803 (unit)
    """B100: h / p of the relativistic momentum."""
    energy_j = energy_keV * 1e3 * constants.electron_volt
    rest_j = constants.electron_mass * constants.speed_of_light**2
    momentum = ((energy_j + rest_j) ** 2 - rest_j**2) ** 0.5 / constants.speed_of_light
    expected_m = constants.Planck / momentum
    # At low energies the reference, not the formula tested, loses digits.
    assert electron_wavelength_angstrom(energy_keV) == pytest.approx(expected_m * 1e10, rel=1e-6)


def test_wavelength_in_an_electron_microscope() -> None:
    """B100: 0.0251 Angstrom at 200 kV stands in every textbook."""
    assert electron_wavelength_angstrom(200.0) == pytest.approx(0.02508, abs=1e-5)
