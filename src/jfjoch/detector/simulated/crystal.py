"""A lysozyme crystal: which reflections there are, how strong, and when they are excited."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.simulated.random_stream import random_stream

CELL_A_ANGSTROM = 79.1
CELL_C_ANGSTROM = 37.9
"""Tetragonal hen egg-white lysozyme, P 43 21 2: a = b, all angles 90 degrees."""
RESOLUTION_LIMIT_ANGSTROM = 1.5
_B_FACTOR_A2 = 20.0
_EXCITATION_WIDTH_PER_A = 1.5e-4
"""Standard deviation of the distance from the Ewald sphere that bandwidth and crystal size give."""
_MOSAICITY_RAD = 7e-4
"""Standard deviation; 0.04 degrees."""
_EXCITED_SIGMAS = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Reflections:
    """The excited reflections of one orientation, n of them."""

    hkl: NDArray[np.int64]
    """[n, 3]."""
    direction: NDArray[np.float64]
    """[n, 3], unit vectors of the diffracted beams, lab frame (x, y, z = beam)."""
    intensity: NDArray[np.float64]
    """[n], relative; 1 = the mean of fully excited reflections at lowest resolution."""


class LysozymeCrystal:
    """Kinematic diffraction of one lattice; intensities are random but obey the symmetry."""

    def __init__(self, seed: int) -> None:
        self._hkl = _reflections_within(RESOLUTION_LIMIT_ANGSTROM)
        cell = np.array([CELL_A_ANGSTROM, CELL_A_ANGSTROM, CELL_C_ANGSTROM])
        self._vectors = self._hkl / cell
        self._length = np.sqrt((self._vectors**2).sum(axis=1))
        falloff = np.exp(-_B_FACTOR_A2 * self._length**2 / 2)
        self._intensity = _wilson(self._hkl, random_stream(seed, "intensities")) * falloff

    def still(self, rotation: NDArray[np.float64], wavelength_angstrom: float) -> Reflections:
        """Return what a still image of the crystal shows.

        rotation: [3, 3], from the crystal's axes to the lab frame.

        A reflection is weighted by a Gaussian of its distance from the Ewald sphere.
        """
        sigmas = self._from_ewald_sphere(rotation, wavelength_angstrom)
        excited = np.flatnonzero(np.abs(sigmas) < _EXCITED_SIGMAS)
        weight = np.exp(-0.5 * sigmas[excited] ** 2)
        vectors = self._vectors[excited] @ rotation.T
        return self._reflections(excited, vectors, weight, wavelength_angstrom)

    def oscillation(
        self,
        rotation: NDArray[np.float64],
        axis: NDArray[np.float64],
        angle_rad: float,
        wavelength_angstrom: float,
    ) -> Reflections:
        """Return what an image shows during which the crystal turns, by a few degrees at most.

        rotation: as for ``still``, at the beginning. axis: [3], unit vector, lab frame.

        A reflection is weighted by the part of its rocking curve, a Gaussian, that passes the
        Ewald sphere; so the images of a scan share its intensity among them.
        """
        end = axis_rotation(axis, angle_rad)
        before = self._from_ewald_sphere(rotation, wavelength_angstrom)
        after = self._from_ewald_sphere(end @ rotation, wavelength_angstrom)
        nearest = np.where(before * after < 0, 0, np.minimum(np.abs(before), np.abs(after)))
        excited = np.flatnonzero(nearest < _EXCITED_SIGMAS)
        before, after = before[excited], after[excited]
        weight = np.abs(_gaussian_integral(after) - _gaussian_integral(before))
        # Where on the way it is nearest to the sphere, which is passed at an even pace.
        way = np.clip(before / np.where(before == after, np.inf, before - after), 0, 1)
        vectors = _turned(self._vectors[excited] @ rotation.T, axis, way * angle_rad)
        return self._reflections(excited, vectors, weight, wavelength_angstrom)

    def _from_ewald_sphere(
        self, rotation: NDArray[np.float64], wavelength_angstrom: float
    ) -> NDArray[np.float64]:
        """Return the distance of all reflections in standard deviations."""
        beam = 1 / wavelength_angstrom
        # |q + s0| from |q| and the part along the beam: one product for all, three for few
        along_beam = self._vectors @ rotation[2]
        length = np.sqrt(self._length**2 + 2 * beam * along_beam + beam**2)
        width = _EXCITATION_WIDTH_PER_A + _MOSAICITY_RAD * self._length
        distance: NDArray[np.float64] = (length - beam) / width
        return distance

    def _reflections(
        self,
        excited: NDArray[np.int64],
        vectors: NDArray[np.float64],
        weight: NDArray[np.float64],
        wavelength_angstrom: float,
    ) -> Reflections:
        """Return the reflections with those numbers, of which ``vectors`` are in the lab frame."""
        scattered = vectors + np.array([0.0, 0.0, 1 / wavelength_angstrom])
        direction = scattered / np.linalg.norm(scattered, axis=1)[:, None]
        return Reflections(self._hkl[excited], direction, self._intensity[excited] * weight)


def axis_rotation(axis: NDArray[np.float64], angle_rad: float) -> NDArray[np.float64]:
    """Return the matrix of a right-handed rotation about a unit vector (Rodrigues)."""
    return _turned(np.eye(3), axis, np.full(3, angle_rad)).T


def _turned(
    vectors: NDArray[np.float64], axis: NDArray[np.float64], angle_rad: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Turn vectors, [n, 3], about a unit vector, each by its own angle, [n]."""
    cosine, sine = np.cos(angle_rad)[:, None], np.sin(angle_rad)[:, None]
    along = (vectors @ axis)[:, None] * axis
    turned: NDArray[np.float64] = (
        along + cosine * (vectors - along) + sine * np.cross(axis, vectors)
    )
    return turned


def _gaussian_integral(sigmas: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the integral of the standard normal distribution from 0."""
    return np.array([0.5 * math.erf(value / math.sqrt(2)) for value in sigmas])


def random_rotation(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a rotation matrix, every orientation equally likely (Shoemake, 1992)."""
    quaternion = rng.standard_normal(4)
    w, x, y, z = quaternion / np.linalg.norm(quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def _reflections_within(d_angstrom: float) -> NDArray[np.int64]:
    """All hkl but 000 up to a resolution that P 43 21 2 does not forbid, [n, 3]."""
    h_max, l_max = int(CELL_A_ANGSTROM / d_angstrom), int(CELL_C_ANGSTROM / d_angstrom)
    a_axis, c_axis = np.arange(-h_max, h_max + 1), np.arange(-l_max, l_max + 1)
    hkl = np.stack(np.meshgrid(a_axis, a_axis, c_axis, indexing="ij"), axis=-1).reshape(-1, 3)
    s2 = (hkl[:, 0] ** 2 + hkl[:, 1] ** 2) / CELL_A_ANGSTROM**2 + (hkl[:, 2] / CELL_C_ANGSTROM) ** 2
    kept: NDArray[np.int64] = hkl[(s2 > 0) & (s2 <= d_angstrom**-2) & ~_absent(hkl)]
    return kept


def _absent(hkl: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Screw axes: 00l only with l = 4n, h00 and 0k0 only with even indices."""
    h, k, l = hkl.T  # noqa: E741 (crystallographic names)
    absent: NDArray[np.bool_] = (
        ((h == 0) & (k == 0) & (l % 4 != 0))
        | ((k == 0) & (l == 0) & (h % 2 != 0))
        | ((h == 0) & (l == 0) & (k % 2 != 0))
    )
    return absent


def _wilson(hkl: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Random intensities of mean 1, equal for reflections equivalent under 4/mmm.

    Acentric ones follow the exponential, centric ones (hk0, h0l, hhl) the chi-square
    distribution (Wilson, Acta Cryst. 2, 318, 1949).
    """
    size = tuple(np.abs(hkl).max(axis=0) + 1)
    acentric, centric = rng.standard_exponential(size), rng.standard_normal(size) ** 2
    h, k, l = np.abs(hkl).T  # noqa: E741 (crystallographic names)
    unique = (np.maximum(h, k), np.minimum(h, k), l)
    is_centric = (l == 0) | (h == 0) | (k == 0) | (h == k)
    values: NDArray[np.float64] = np.where(is_centric, centric[unique], acentric[unique])
    return values
