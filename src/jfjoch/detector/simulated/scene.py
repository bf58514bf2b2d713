"""Photons on the detector: diffraction of lysozyme over a solvent background."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.simulated.background import Background
from jfjoch.detector.simulated.beam import BeamGeometry
from jfjoch.detector.simulated.crystal import (
    LysozymeCrystal,
    Reflections,
    axis_rotation,
    random_rotation,
)
from jfjoch.detector.simulated.disturbances import CLEAN, Disturbances
from jfjoch.detector.simulated.random_stream import random_stream
from jfjoch.geometry.diffraction import wavelength_angstrom
from jfjoch.geometry.modules import ModuleLayout
from jfjoch.model.plan import CrystalRotation

_SPOT_SIGMA_PXL = 0.75
_SPOT_REACH_PXL = 4
"""Spots are drawn on squares of 2 x 4 + 1 pixels."""
_PHOTONS_PER_REFLECTION = 1500.0
"""Mean of fully excited reflections at lowest resolution and a crystal of usual size."""
_CRYSTAL_SIZES = (0.3, 1.7)


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """The true spots of one image, also those that fall beside the modules."""

    rotation: NDArray[np.float64]
    """[3, 3], from the crystal's axes to the lab frame, at the beginning of the image."""
    hkl: NDArray[np.int64]
    """[n, 3]."""
    position_pxl: NDArray[np.float64]
    """[n, 2], (x, y) in the assembled image, integers are pixel centres."""
    photons: NDArray[np.float64]
    """[n], expected photons of the whole spot."""


class Scene:
    """Endless images of one beam and photon energy; image k is always the same.

    Stills of ever other crystals, or one crystal that turns.
    """

    def __init__(
        self,
        layout: ModuleLayout,
        beam: BeamGeometry,
        photon_energy_keV: float,  # noqa: N803 (unit)
        seed: int,
        rotation: CrystalRotation | None = None,
        disturbances: Disturbances = CLEAN,
    ) -> None:
        """``rotation`` turns by one increment per image."""
        self.rotation = rotation
        self.photon_energy_keV = photon_energy_keV
        self._layout = layout
        self._beam = beam
        self._seed = seed
        self._wavelength = wavelength_angstrom(photon_energy_keV)
        self._crystal = LysozymeCrystal(seed)
        two_theta = beam.two_theta_rad(layout.width, layout.height)
        self._disturbances = disturbances
        self._background = Background(two_theta, self._wavelength, disturbances.background_factor)

    @property
    def frame_shape(self) -> tuple[int, int, int]:
        """Modules, rows and columns of a raw frame."""
        return self._layout.raw_shape

    @property
    def expected_background(self) -> NDArray[np.float32]:
        """Mean photons per pixel of the assembled image without spots, [height, width]."""
        return self._background.expected

    def photons(self, number: int) -> NDArray[np.uint16]:
        """Draw the photons of an image that hit each pixel, [modules, 512, 1024]."""
        rng = random_stream(self._seed, "photons", number)
        image = self._background.photons(rng)
        for lattice in range(self._disturbances.lattices):
            spots = self.spots(number, lattice)
            _add_spots(image, spots.position_pxl, spots.photons, rng)
        self._disturb(image, number)
        return self._layout.to_raw(image)

    def spots(self, number: int, lattice: int = 0) -> Spots:
        """Return the truth behind an image, of one of the lattices."""
        which = f" of lattice {lattice}" if lattice else ""
        if self.rotation is not None:
            return self._spots_of_scan(self.rotation, number, which)
        rng = random_stream(self._seed, f"orientation{which}", number)
        orientation = random_rotation(rng)
        excited = self._crystal.still(orientation, self._wavelength)
        return self._spots(orientation, excited, rng.uniform(*_CRYSTAL_SIZES))

    def _disturb(self, image: NDArray[np.uint16], number: int) -> None:
        disturbances = self._disturbances
        rng = random_stream(self._seed, "ice", number)
        _add_spots(image, *disturbances.ice_pxl(self._beam, self._wavelength, rng), rng)
        disturbances.cast_shadow(image, self._beam)
        disturbances.add_hot_pixels(image, self._seed)

    def _spots_of_scan(self, turn: CrystalRotation, number: int, which: str) -> Spots:
        axis = _lab_axis(turn)
        begin_rad, width_rad = np.deg2rad(
            [turn.start_deg + number * turn.increment_deg, turn.increment_deg]
        )
        at_zero = random_rotation(random_stream(self._seed, f"orientation at angle 0{which}"))
        orientation = axis_rotation(axis, begin_rad) @ at_zero
        if width_rad == 0:
            excited = self._crystal.still(orientation, self._wavelength)
        else:
            excited = self._crystal.oscillation(orientation, axis, width_rad, self._wavelength)
        return self._spots(orientation, excited, crystal_size=1.0)

    def _spots(
        self, rotation: NDArray[np.float64], excited: Reflections, crystal_size: float
    ) -> Spots:
        scale = _PHOTONS_PER_REFLECTION * crystal_size
        forward = excited.direction[:, 2] > 0
        return Spots(
            rotation,
            excited.hkl[forward],
            self._beam.positions_pxl(excited.direction[forward]),
            scale * excited.intensity[forward],
        )


def _lab_axis(turn: CrystalRotation) -> NDArray[np.float64]:
    """Return the axis as a unit vector with x along rows and y along columns of the image.

    That frame is the one of NXmx after half a turn about the beam.
    """
    axis = np.array(turn.axis) * np.array([-1.0, -1.0, 1.0])
    unit: NDArray[np.float64] = axis / np.linalg.norm(axis)
    return unit


def _add_spots(
    image: NDArray[np.uint16],
    position_pxl: NDArray[np.float64],
    photons: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """Draw Gaussian spots; the sum with the background's photons is Poisson again."""
    near = np.arange(-_SPOT_REACH_PXL, _SPOT_REACH_PXL + 1)
    x, y = position_pxl[:, 0, None, None], position_pxl[:, 1, None, None]
    columns = np.rint(x).astype(np.int64) + near[None, None, :]
    rows = np.rint(y).astype(np.int64) + near[None, :, None]
    profile = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * _SPOT_SIGMA_PXL**2))
    expected = photons[:, None, None] * profile / (2 * np.pi * _SPOT_SIGMA_PXL**2)
    columns, rows = np.broadcast_arrays(columns, rows)
    height, width = image.shape
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    drawn = rng.poisson(expected[inside]).astype(np.uint16)
    np.add.at(image, (rows[inside], columns[inside]), drawn)
