"""The dark level of every pixel in every gain stage."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from jfjoch.model.plan import GainStage

MODULE_SHAPE = (512, 1024)
HIGHEST_PEDESTAL_ADU = 16383.0
"""Largest 14-bit ADC value; a pedestal above it (or NaN) marks the pixel bad."""

StageIndex = Literal[0, 1, 2]
"""G0, G1, G2: the first index of ``Pedestals.mean_adu``."""

_MEASURED_STAGE: dict[GainStage, StageIndex] = {
    "dynamic": 0,
    "forced_g1": 1,
    "forced_g2": 2,
    "fixed_g1": 1,
}


def measured_stage(gain_stage: GainStage) -> StageIndex:
    """Tell which stage the dark frames of a detector setting show; without light dynamic is G0."""
    return _MEASURED_STAGE[gain_stage]


@dataclass(frozen=True, slots=True, eq=False)
class StagePedestal:
    """One stage of one storage cell, as measured."""

    stage: StageIndex
    mean_adu: NDArray[np.float32]
    """[modules, 512, 1024]; NaN where the pixel was refused."""
    rms_adu: NDArray[np.float32]
    """The same shape."""


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

    @classmethod
    def unmeasured(cls, module_count: int, storage_cell_count: int = 1) -> "Pedestals":
        """NaN everywhere: where a measurement starts from."""
        mean = np.full((3, storage_cell_count, module_count, *MODULE_SHAPE), np.nan, np.float32)
        return cls(mean, mean.copy(), "none")

    def with_measured(
        self, measured: StagePedestal, time: datetime, storage_cell: int = 0
    ) -> "Pedestals":
        """Return a copy in which one stage of one storage cell is replaced."""
        mean, rms = self.mean_adu.copy(), self.rms_adu.copy()
        mean[measured.stage, storage_cell] = measured.mean_adu
        rms[measured.stage, storage_cell] = measured.rms_adu
        return Pedestals(mean, rms, "measured", time)

    @property
    def bad(self) -> NDArray[np.bool_]:
        """Where the pedestal is no pedestal, same shape as ``mean_adu``. 0 is a number."""
        return ~(self.mean_adu <= HIGHEST_PEDESTAL_ADU)
