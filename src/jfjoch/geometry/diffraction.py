"""Relations of diffraction."""

from math import sqrt

ENERGY_WAVELENGTH_KEV_ANGSTROM = 12.398420
"""Planck's constant times the speed of light (CODATA 2018)."""
ELECTRON_REST_ENERGY_KEV = 510.99895
"""CODATA 2018."""


def wavelength_angstrom(energy_keV: float) -> float:  # noqa: N803 (unit)
    """Return the wavelength of a photon of that energy."""
    return ENERGY_WAVELENGTH_KEV_ANGSTROM / energy_keV


def electron_wavelength_angstrom(energy_keV: float) -> float:  # noqa: N803 (unit)
    """Return the wavelength of an electron of that kinetic energy.

    h / p with p c = sqrt(E (E + 2 m c^2)) (de Broglie 1924, relativistic).
    """
    momentum_keV = sqrt(energy_keV * (energy_keV + 2 * ELECTRON_REST_ENERGY_KEV))  # noqa: N806
    return ENERGY_WAVELENGTH_KEV_ANGSTROM / momentum_keV
