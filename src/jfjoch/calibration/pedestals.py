"""The dark level of every pixel in every gain stage."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels.counts import MODULE_SHAPE
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.plan import GainStage

HIGHEST_PEDESTAL_ADU = 16383.0
"""Largest 14-bit ADC value; a pedestal above it (or NaN) marks the pixel bad."""

StageIndex = Literal[0, 1, 2]
"""G0, G1, G2: the first index of ``Pedestals.mean_adu``."""

_SETTINGS_THAT_MOVE_THE_LEVEL = ("jungfrau_fixed_gain_g1", "jungfrau_use_gain_hg0")

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
    storage_cell: int
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
    settings: DetectorSettings | None = None
    """Those they were measured with; None where that is not known."""

    @classmethod
    def zero(cls, module_count: int, storage_cell_count: int = 1) -> "Pedestals":
        """Pedestal 0 everywhere: what is used while nothing was measured or loaded."""
        mean = np.zeros((3, storage_cell_count, module_count, *MODULE_SHAPE), np.float32)
        return cls(mean, np.zeros_like(mean), "none")

    @classmethod
    def unmeasured(cls, module_count: int, storage_cell_count: int = 1) -> "Pedestals":
        """NaN everywhere, read-only and without memory: where a measurement starts from."""
        shape = (3, storage_cell_count, module_count, *MODULE_SHAPE)
        nothing = np.broadcast_to(np.float32(np.nan), shape)
        return cls(nothing, nothing, "none")

    def with_measured(
        self, stages: Iterable[StagePedestal], time: datetime, settings: DetectorSettings
    ) -> "Pedestals":
        """Return a copy in which these are replaced; an exception of ``stages`` passes through."""
        mean, rms = self.mean_adu.copy(), self.rms_adu.copy()
        for measured in stages:
            mean[measured.stage, measured.storage_cell] = measured.mean_adu
            rms[measured.stage, measured.storage_cell] = measured.rms_adu
        return Pedestals(mean, rms, "measured", time, settings)

    def with_g1_only(self) -> "Pedestals":
        """Return pedestals of which G0 and G2 are not known, as if measured with fixed gain."""
        others = [0, 2]
        if self.origin == "none" or np.isnan(self.mean_adu[others]).all():
            return self
        mean, rms = self.mean_adu.copy(), self.rms_adu.copy()
        mean[others] = rms[others] = np.nan
        return replace(self, mean_adu=mean, rms_adu=rms)

    @property
    def storage_cell_count(self) -> int:
        """Number of storage cells they are for."""
        return int(self.mean_adu.shape[1])

    @property
    def module_count(self) -> int:
        """Number of modules they are for."""
        return int(self.mean_adu.shape[2])

    def mismatch(self, settings: DetectorSettings) -> str | None:
        """Tell why these are of no use with ``settings``: "is for ...", or None if they are."""
        cells = settings.jungfrau_storage_cell_count
        if self.storage_cell_count != cells:
            return (
                f"is for jungfrau_storage_cell_count {self.storage_cell_count}, the settings say "
                f"{cells}"
            )
        if self.settings is None:
            return None
        for name in _SETTINGS_THAT_MOVE_THE_LEVEL:
            then, now = getattr(self.settings, name), getattr(settings, name)
            if then != now:
                return f"is for {name} {str(then).lower()}, the settings say {str(now).lower()}"
        return None

    @property
    def bad(self) -> NDArray[np.bool_]:
        """Where the pedestal is no pedestal, same shape as ``mean_adu``. 0 is a number."""
        return ~(self.mean_adu <= HIGHEST_PEDESTAL_ADU)
