"""Relations of diffraction."""

from math import asin, pi, sqrt, tan

import numpy as np
from numpy.typing import NDArray

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


def scattering_vectors(
    x_m: NDArray[np.float64],
    y_m: NDArray[np.float64],
    distance_m: float,
    wavelength_angstrom: float,
) -> NDArray[np.float64]:
    """Return the vectors of reciprocal space seen at places of the detector, [n, 3], 1/Angstrom.

    Places are counted from where the beam meets the detector, which is perpendicular to it; both
    arrays have the shape [n]. Lab frame: x = columns, y = rows, z along the beam. Laue's condition:
    the wave vector after scattering less that before.
    """
    towards = np.stack([x_m, y_m, np.full(len(x_m), distance_m)], axis=1)
    direction = towards / np.linalg.norm(towards, axis=1)[:, np.newaxis]
    scattered: NDArray[np.float64] = (direction - [0, 0, 1]) / wavelength_angstrom
    return scattered
