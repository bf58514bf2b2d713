"""Where the simulated beam meets the simulated detector."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.geometry.module_shape import PIXEL_SIZE_M

DEFAULT_DISTANCE_M = 0.15


@dataclass(frozen=True, slots=True)
class BeamGeometry:
    """A detector perpendicular to the beam; pixel (0, 0) of the image has its centre at (0, 0)."""

    centre_x_pxl: float
    centre_y_pxl: float
    distance_m: float = DEFAULT_DISTANCE_M

    @classmethod
    def centred(cls, width: int, height: int) -> "BeamGeometry":
        """Beam on the middle of an image."""
        return cls((width - 1) / 2, (height - 1) / 2)

    def two_theta_rad(self, width: int, height: int) -> NDArray[np.float64]:
        """Scattering angle of every pixel, [height, width]."""
        x_m = (np.arange(width) - self.centre_x_pxl) * PIXEL_SIZE_M
        y_m = (np.arange(height) - self.centre_y_pxl) * PIXEL_SIZE_M
        from_centre_m: NDArray[np.float64] = np.hypot(x_m[None, :], y_m[:, None])
        return np.arctan(from_centre_m / self.distance_m)

    def positions_pxl(self, direction: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where beams of these directions, [n, 3] with z > 0, hit: [n, 2] = (x, y)."""
        centre = np.array([self.centre_x_pxl, self.centre_y_pxl])
        on_detector_m = direction[:, :2] / direction[:, 2:] * self.distance_m
        positions: NDArray[np.float64] = centre + on_detector_m / PIXEL_SIZE_M
        return positions
