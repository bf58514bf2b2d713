"""Photons on the detector: lysozyme stills over a solvent background."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.simulated.background import Background
from jfjoch.detector.simulated.beam import BeamGeometry
from jfjoch.detector.simulated.crystal import LysozymeCrystal, random_rotation
from jfjoch.detector.simulated.random_stream import random_stream
from jfjoch.geometry.diffraction import wavelength_angstrom
from jfjoch.geometry.modules import ModuleLayout

_SPOT_SIGMA_PXL = 0.75
_SPOT_REACH_PXL = 4
"""Spots are drawn on squares of 2 x 4 + 1 pixels."""
_PHOTONS_PER_REFLECTION = 1500.0
"""Mean of fully excited reflections at lowest resolution and a crystal of usual size."""
_CRYSTAL_SIZES = (0.3, 1.7)


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """The true spots of one still, also those that fall beside the modules."""

    rotation: NDArray[np.float64]
    """[3, 3], from the crystal's axes to the lab frame."""
    hkl: NDArray[np.int64]
    """[n, 3]."""
    position_pxl: NDArray[np.float64]
    """[n, 2], (x, y) in the assembled image, integers are pixel centres."""
    photons: NDArray[np.float64]
    """[n], expected photons of the whole spot."""


class Scene:
    """Endless stills of one beam and photon energy; still k is always the same."""

    def __init__(
        self,
        layout: ModuleLayout,
        beam: BeamGeometry,
        photon_energy_keV: float,  # noqa: N803 (unit)
        seed: int,
    ) -> None:
        self.photon_energy_keV = photon_energy_keV
        self._layout = layout
        self._beam = beam
        self._seed = seed
        self._wavelength = wavelength_angstrom(photon_energy_keV)
        self._crystal = LysozymeCrystal(seed)
        two_theta = beam.two_theta_rad(layout.width, layout.height)
        self._background = Background(two_theta, self._wavelength)

    @property
    def expected_background(self) -> NDArray[np.float32]:
        """Mean photons per pixel of the assembled image without spots, [height, width]."""
        return self._background.expected

    def photons(self, still: int) -> NDArray[np.uint16]:
        """Draw the photons that hit each pixel, raw geometry [modules, 512, 1024]."""
        rng = random_stream(self._seed, "photons", still)
        image = self._background.photons(rng)
        _add_spots(image, self.spots(still), rng)
        return self._layout.to_raw(image)

    def spots(self, still: int) -> Spots:
        """Return the truth behind a still."""
        rng = random_stream(self._seed, "orientation", still)
        rotation = random_rotation(rng)
        excited = self._crystal.still(rotation, self._wavelength)
        scale = _PHOTONS_PER_REFLECTION * rng.uniform(*_CRYSTAL_SIZES)
        forward = excited.direction[:, 2] > 0
        return Spots(
            rotation,
            excited.hkl[forward],
            self._beam.positions_pxl(excited.direction[forward]),
            scale * excited.intensity[forward],
        )


def _add_spots(image: NDArray[np.uint16], spots: Spots, rng: np.random.Generator) -> None:
    """Draw Gaussian spots; the sum with the background's photons is Poisson again."""
    near = np.arange(-_SPOT_REACH_PXL, _SPOT_REACH_PXL + 1)
    x, y = spots.position_pxl[:, 0, None, None], spots.position_pxl[:, 1, None, None]
    columns = np.rint(x).astype(np.int64) + near[None, None, :]
    rows = np.rint(y).astype(np.int64) + near[None, :, None]
    profile = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * _SPOT_SIGMA_PXL**2))
    expected = spots.photons[:, None, None] * profile / (2 * np.pi * _SPOT_SIGMA_PXL**2)
    columns, rows = np.broadcast_arrays(columns, rows)
    height, width = image.shape
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    drawn = rng.poisson(expected[inside]).astype(np.uint16)
    np.add.at(image, (rows[inside], columns[inside]), drawn)
