"""The dark level of every pixel in every gain stage."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

MODULE_SHAPE = (512, 1024)
HIGHEST_PEDESTAL_ADU = 16383.0
"""Largest 14-bit ADC value; a pedestal above it (or NaN) marks the pixel bad."""


@dataclass(frozen=True, slots=True, eq=False)
class Pedestals:
    """Mean and RMS per stage; NaN where a stage was not measured or the pixel was refused."""

    mean_adu: NDArray[np.float32]
    """[3 stages, storage cells, modules, 512, 1024]."""
    rms_adu: NDArray[np.float32]
    """The same shape."""
    origin: Literal["none", "loaded", "measured"]
    time: datetime | None = None
    """When they were measured, with time zone."""

    @classmethod
    def zero(cls, module_count: int, storage_cell_count: int = 1) -> "Pedestals":
        """Pedestal 0 everywhere: what is used while nothing was measured or loaded."""
        mean = np.zeros((3, storage_cell_count, module_count, *MODULE_SHAPE), np.float32)
        return cls(mean, np.zeros_like(mean), "none")

    @property
    def bad(self) -> NDArray[np.bool_]:
        """Where the pedestal is no pedestal, same shape as ``mean_adu``. 0 is a number."""
        return ~(self.mean_adu <= HIGHEST_PEDESTAL_ADU)
