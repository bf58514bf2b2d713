"""What makes real images harder than those of a single clean crystal."""

from dataclasses import dataclass
from math import asin, pi, tan

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.simulated.beam import BeamGeometry
from jfjoch.detector.simulated.random_stream import random_stream

ICE_RINGS_ANGSTROM = (3.90, 3.67, 3.44, 2.67, 2.25)
"""Strong reflections of hexagonal ice."""
_GRAIN_PHOTONS = 150.0
_HOT_PHOTONS = (50, 5000)


@dataclass(frozen=True, slots=True)
class Disturbances:
    """How much there is of each; by default nothing."""

    lattices: int = 1
    """Crystals in the beam, each in an orientation of its own."""
    background_factor: float = 1.0
    """Times the usual background; up to 20."""
    ice_grains: int = 0
    """Reflections of small ice crystals per image, on the rings of ice."""
    hot_pixels: int = 0
    """Pixels that show photons in every image."""
    beam_stop_radius_pxl: float = 0.0
    """Around the beam centre nothing reaches the detector."""

    def ice_pxl(
        self, beam: BeamGeometry, wavelength_angstrom: float, rng: np.random.Generator
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Draw positions [n, 2] = (x, y) and expected photons [n] of the reflections of ice."""
        resolution = rng.choice(ICE_RINGS_ANGSTROM, self.ice_grains)
        two_theta = [2 * asin(wavelength_angstrom / (2 * d)) for d in resolution]
        radius = [tan(angle) for angle in two_theta]
        azimuth = rng.uniform(0, 2 * pi, self.ice_grains)
        direction = np.stack([radius * np.cos(azimuth), radius * np.sin(azimuth)], axis=1)
        along_beam = np.ones((self.ice_grains, 1))
        positions = beam.positions_pxl(np.concatenate([direction, along_beam], axis=1))
        return positions, rng.exponential(_GRAIN_PHOTONS, self.ice_grains)

    def add_hot_pixels(self, image: NDArray[np.uint16], seed: int) -> None:
        """Add photons to the same pixels of any image of that shape and seed."""
        rng = random_stream(seed, "hot pixels")
        places = rng.choice(image.size, self.hot_pixels, replace=False)
        image.reshape(-1)[places] += rng.integers(*_HOT_PHOTONS, self.hot_pixels, np.uint16)

    def cast_shadow(self, image: NDArray[np.uint16], beam: BeamGeometry) -> None:
        """Take away what falls on the beam stop."""
        rows, columns = np.ogrid[: image.shape[0], : image.shape[1]]
        from_centre = np.hypot(columns - beam.centre_x_pxl, rows - beam.centre_y_pxl)
        image[from_centre < self.beam_stop_radius_pxl] = 0


CLEAN = Disturbances()
