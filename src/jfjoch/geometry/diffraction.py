"""Relations of diffraction."""

ENERGY_WAVELENGTH_KEV_ANGSTROM = 12.398420
"""Planck's constant times the speed of light (CODATA 2018)."""


def wavelength_angstrom(energy_keV: float) -> float:  # noqa: N803 (unit)
    """Return the wavelength of a photon of that energy."""
    return ENERGY_WAVELENGTH_KEV_ANGSTROM / energy_keV
