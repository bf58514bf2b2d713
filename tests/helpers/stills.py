"""Still images of crystals as spot lists: positions follow from cell, orientation and beam."""

from dataclasses import dataclass, replace
from functools import cached_property

import gemmi
import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.simulated.crystal import random_rotation
from jfjoch.messages.start import UnitCell

WAVELENGTH_ANGSTROM = 1.0
DISTANCE_M = 0.15
PIXEL_M = 75e-6
BEAM_PXL = (1037.4, 1074.3)
_B_FACTOR_A2 = 20.0
_FAINTEST = 0.1
"""Intensity of the weakest spot that is found; the mean is 1 at low resolution."""
_MOST_SPOTS = 250


@dataclass(frozen=True)
class SimulatedStill:
    """Spots of one image, most intense first."""

    x_pxl: NDArray[np.float32]
    y_pxl: NDArray[np.float32]
    intensity: NDArray[np.float32]
    lattice: NDArray[np.float64]
    """[3, 3], rows a, b, c in Angstrom, lab frame."""
    true_count: int
    """Spots that belong to the lattice."""

    def strongest(self, count: int) -> "SimulatedStill":
        """Return the image with its most intense spots only."""
        order = np.argsort(-self.intensity, kind="stable")[:count]
        x, y, intensity = self.x_pxl[order], self.y_pxl[order], self.intensity[order]
        return SimulatedStill(x, y, intensity, self.lattice, min(count, self.true_count))

    def with_false_spots(self, fraction: float, rng: np.random.Generator) -> "SimulatedStill":
        """Add spots anywhere, so many per true one."""
        false = random_spots(round(fraction * len(self.x_pxl)), rng)
        x, y = np.append(self.x_pxl, false.x_pxl), np.append(self.y_pxl, false.y_pxl)
        intensity = np.append(self.intensity, rng.permutation(self.intensity)[: len(false.x_pxl)])
        order = np.argsort(-intensity, kind="stable")[:_MOST_SPOTS]
        return replace(self, x_pxl=x[order], y_pxl=y[order], intensity=intensity[order])


@dataclass(frozen=True)
class SimulatedCrystal:
    """A cell with its symmetry; every still of it has a random orientation."""

    cell: UnitCell
    space_group_number: int
    d_min_angstrom: float = 2.0
    excitation_width_per_a: float = 1.5e-4
    """Standard deviation of the distance from the Ewald sphere at which reflections are seen."""
    mosaicity_rad: float = 7e-4
    position_error_pxl: float = 0.2
    least_spots: int = 15
    rhombohedral_axes: bool = False
    """The cell of a rhombohedral group is the primitive one."""

    @cached_property
    def axes(self) -> NDArray[np.float64]:
        """Return the axes in the crystal's frame, [3, 3], rows a, b, c."""
        c = self.cell
        cell = gemmi.UnitCell(c.a, c.b, c.c, c.alpha, c.beta, c.gamma)
        return np.array(cell.orth.mat.tolist()).T

    @cached_property
    def _vectors(self) -> NDArray[np.float64]:
        """Reciprocal-lattice points up to the resolution limit that centring allows, [n, 3]."""
        s_max = 1 / self.d_min_angstrom
        most = np.floor(np.linalg.norm(self.axes, axis=1) * s_max).astype(int)
        grid = np.meshgrid(*(np.arange(-m, m + 1, dtype=np.int16) for m in most), indexing="ij")
        hkl = np.stack([axis.ravel() for axis in grid], axis=1)
        group = gemmi.find_spacegroup_by_number(self.space_group_number)
        shifts = [] if self.rhombohedral_axes else group.operations().cen_ops
        for shift in shifts:
            hkl = hkl[hkl @ np.array(shift) % gemmi.Op.DEN == 0]
        vectors = hkl @ np.linalg.inv(self.axes).T
        length = np.linalg.norm(vectors, axis=1)
        return np.asarray(vectors[(length > 0) & (length <= s_max)])

    def still(self, rng: np.random.Generator) -> SimulatedStill:
        """Return an image with at least ``least_spots``; orientations with fewer are left out."""
        while True:
            rotation = random_rotation(rng)
            still = self.still_at(rotation, rng)
            if still.true_count >= self.least_spots:
                return still

    def still_at(self, rotation: NDArray[np.float64], rng: np.random.Generator) -> SimulatedStill:
        """Return the image of one orientation, [3, 3] from the crystal's to the lab frame.

        Intensities are random (Wilson, acentric) with a B factor and a Gaussian of the distance
        from the Ewald sphere; what is too faint is not found.
        """
        beam = 1 / WAVELENGTH_ANGSTROM
        length = np.linalg.norm(self._vectors, axis=1)
        along = self._vectors @ rotation[2]
        distance = np.sqrt(length**2 + 2 * beam * along + beam**2) - beam
        width = self.excitation_width_per_a + self.mosaicity_rad * length
        near = np.flatnonzero(np.abs(distance) < 3 * width)
        falloff = -_B_FACTOR_A2 * length[near] ** 2 / 2 - (distance[near] / width[near]) ** 2 / 2
        intensity = rng.standard_exponential(len(near)) * np.exp(falloff)
        order = np.argsort(-intensity)[:_MOST_SPOTS]
        order = order[intensity[order] > _FAINTEST]
        scattered = self._vectors[near[order]] @ rotation.T + [0, 0, beam]
        xy = scattered[:, :2] / scattered[:, 2:] * DISTANCE_M / PIXEL_M + BEAM_PXL
        xy = (xy + rng.normal(0, self.position_error_pxl, xy.shape)).astype(np.float32)
        lattice = self.axes @ rotation.T
        return SimulatedStill(
            xy[:, 0], xy[:, 1], intensity[order].astype(np.float32), lattice, len(order)
        )


def random_spots(count: int, rng: np.random.Generator) -> SimulatedStill:
    """Return spots anywhere on a detector of 2068 x 2164 pixels."""
    x, y = rng.uniform(0, 2068, count), rng.uniform(0, 2164, count)
    intensity = rng.standard_exponential(count)
    return SimulatedStill(
        x.astype(np.float32), y.astype(np.float32), intensity.astype(np.float32), np.eye(3), 0
    )
