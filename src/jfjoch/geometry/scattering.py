"""Where a flat detector perpendicular to the beam sees what is scattered.

lab = ((x - beam_x) p, (y - beam_y) p, D) with x along the rows of the image and y down its columns;
whole numbers are centres of pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.geometry.module_shape import PIXEL_SIZE_M
from jfjoch.messages.start import BeamGeometry

Map = NDArray[np.float64]
"""[rows, columns]"""


@dataclass(frozen=True, slots=True, eq=False)
class ScatteringMap:
    """Some rows of the image."""

    x_m: Map
    """[1, columns], from the beam."""
    y_m: Map
    """[rows, 1], from the beam."""
    distance_m: float

    @classmethod
    def of_rows(cls, beam: BeamGeometry, rows: range, columns: int) -> "ScatteringMap":
        """Describe rows of an image with that many columns."""
        x_pxl = np.arange(columns, dtype=np.float64) - beam.beam_center_x_pxl
        y_pxl = np.array(rows, np.float64) - beam.beam_center_y_pxl
        x_m, y_m = x_pxl[np.newaxis] * PIXEL_SIZE_M, y_pxl[:, np.newaxis] * PIXEL_SIZE_M
        return cls(x_m, y_m, beam.detector_distance_m)

    def q_per_angstrom(self, wavelength_angstrom: float) -> Map:
        """Return q = 4 pi sin(theta) / wavelength, with 2 theta the angle from the beam."""
        two_theta = np.arctan2(np.hypot(self.x_m, self.y_m), self.distance_m)
        return np.asarray(4 * np.pi / wavelength_angstrom * np.sin(two_theta / 2))

    def solid_angle(self) -> Map:
        """Return that of the pixels, 1 where the beam hits: cos^3(2 theta).

        One cosine comes from the slanted pixel, two from its distance.
        """
        return np.asarray(self._square_cosine() ** 1.5)

    def polarisation(self, factor: float) -> Map:
        """Return the part of the intensity that polarisation leaves, 1 where the beam hits.

        ``factor`` P is 1 for a beam polarised along the rows, -1 for one along the columns, and 0
        for none: (1 + c^2 - P cos(2 phi) (1 - c^2)) / 2 with c = cos(2 theta), and phi the angle
        from the rows (Kahn et al., J. Appl. Cryst. 15 (1982) 330).
        """
        square_cosine = self._square_cosine()
        square_radius = self.x_m**2 + self.y_m**2
        # In the middle phi is nothing, and what it is multiplied with is 0.
        cos_two_phi = np.divide(
            self.x_m**2 - self.y_m**2,
            square_radius,
            out=np.zeros_like(square_radius),
            where=square_radius > 0,
        )
        return np.asarray((1 + square_cosine - factor * cos_two_phi * (1 - square_cosine)) / 2)

    def _square_cosine(self) -> Map:
        """Return cos^2(2 theta); 1 in the middle, even of a detector at no distance."""
        square_radius = self.x_m**2 + self.y_m**2
        square_length = square_radius + self.distance_m**2
        return 1 - np.divide(
            square_radius, square_length, out=np.zeros_like(square_length), where=square_length > 0
        )
