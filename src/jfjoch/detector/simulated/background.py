"""What solvent and air scatter: smooth, and the same for every image of a scene."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels.simulation import poisson_counts

_FLAT_PHOTONS = 0.25
_RING_PHOTONS = 0.6
_RING_POSITION_PER_A = 1 / 3.7
_RING_WIDTH_PER_A = 0.06
"""Standard deviation of the solvent ring in 1/d."""


class Background:
    """Photons per 75 um pixel from a solvent ring over a flat level."""

    def __init__(
        self,
        two_theta_rad: NDArray[np.float64],
        wavelength_angstrom: float,
        factor: float = 1.0,
    ) -> None:
        """Take the scattering angle of every pixel of the assembled image."""
        expected = factor * _expected(two_theta_rad, wavelength_angstrom)
        self.expected = expected.astype(np.float32)
        """Mean photons, the shape of ``two_theta_rad``."""
        self._none_probability = np.exp(-self.expected)

    def photons(self, rng: np.random.Generator) -> NDArray[np.uint16]:
        """Draw the photons of one image."""
        counts = np.empty(self.expected.shape, np.uint16)
        uniform = rng.random(counts.size, np.float32)
        poisson_counts(
            self._none_probability.reshape(-1),
            self.expected.reshape(-1),
            uniform,
            counts.reshape(-1),
        )
        return counts


def _expected(
    two_theta_rad: NDArray[np.float64], wavelength_angstrom: float
) -> NDArray[np.float64]:
    """A pixel of a flat detector covers cos^3(2 theta) of the solid angle at the beam centre."""
    s_per_a = 2 * np.sin(two_theta_rad / 2) / wavelength_angstrom
    ring = np.exp(-0.5 * ((s_per_a - _RING_POSITION_PER_A) / _RING_WIDTH_PER_A) ** 2)
    expected: NDArray[np.float64] = (_FLAT_PHOTONS + _RING_PHOTONS * ring) * (
        np.cos(two_theta_rad) ** 3
    )
    return expected
