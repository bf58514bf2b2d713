"""Relations of diffraction."""

from math import asin, pi, sqrt, tan

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


def ring_radius_m(
    resolution_angstrom: float, wavelength_angstrom: float, distance_m: float
) -> float | None:
    """Return the radius of the ring of that resolution on a detector perpendicular to the beam.

    Bragg's law, wavelength = 2 d sin(theta), and radius = distance tan(2 theta). None where the
    wavelength does not reach the resolution, or only backwards.
    """
    sine = wavelength_angstrom / (2 * resolution_angstrom)
    if sine > 1:
        return None
    two_theta_rad = 2 * asin(sine)
    return distance_m * tan(two_theta_rad) if two_theta_rad < pi / 2 else None
