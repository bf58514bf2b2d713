"""Tables for the conversion of pixels, from pedestals and gains."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.calibration.gains import HG0, GainMaps
from jfjoch.calibration.pedestals import HIGHEST_PEDESTAL_ADU, Pedestals
from jfjoch.kernels.aligned import aligned_copy, aligned_empty
from jfjoch.kernels.conversion import (
    LARGEST_RECIPROCAL,
    UNUSABLE_PEDESTAL,
    UNUSABLE_RECIPROCAL,
    CellTables,
)
from jfjoch.kernels.group_conversion import GROUP_PIXELS


@dataclass(frozen=True, slots=True, eq=False)
class ConversionTables:
    """Built once per run, shared and only read by all workers.

    Memory: 40 bytes per pixel and storage cell.
    """

    cells: tuple[CellTables, ...]
    """One per storage cell; what does not depend on the cell is shared by them."""

    @property
    def pixel_count(self) -> int:
        """Raw pixels of a frame."""
        return len(self.cells[0].dead)

    @classmethod
    def build(
        cls,
        pedestals: Pedestals,
        gains: GainMaps,
        energy_per_count_keV: float,  # noqa: N803 (unit)
        use_hg0: bool,
    ) -> "ConversionTables":
        """Prepare for counts of that energy; ``use_hg0`` takes HG0 in place of G0.

        Raises ValueError if modules of pedestals and gains differ or HG0 is missing.
        """
        stages = _gains_of_stages(gains, pedestals.mean_adu.shape[2], use_hg0)
        g0_gain = stages[:, 0].ravel()
        dead = g0_gain == 0
        high_gain = _high_gain(stages[:, 1:], energy_per_count_keV)
        mean = np.where(pedestals.bad, np.float32(np.nan), pedestals.mean_adu)
        cells = [
            CellTables(
                _g0(mean[0, cell].ravel(), g0_gain * energy_per_count_keV),
                _high(mean[1:, cell], high_gain, dead),
                dead,
            )
            for cell in range(mean.shape[1])
        ]
        return cls(tuple(cells))


def _gains_of_stages(gains: GainMaps, module_count: int, use_hg0: bool) -> NDArray[np.float64]:
    """Return [modules, 3, 512, 1024], ADU per keV."""
    modules, maps = gains.maps.shape[:2]
    if modules != module_count:
        raise ValueError(f"expected gains of {module_count} modules as of pedestals, got {modules}")
    if use_hg0 and maps <= HG0:
        raise ValueError(f"HG0 is map {HG0} of a gain file, which here has {maps} maps")
    return gains.maps[:, [HG0 if use_hg0 else 0, 1, 2]]


def _g0(pedestal: NDArray[np.float32], adu_per_count: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return ``CellTables.g0``."""
    with np.errstate(divide="ignore", over="ignore", under="ignore"):
        reciprocal = (1 / adu_per_count).astype(np.float32)
    # NaN fails every comparison. A reciprocal of 0 comes from an infinite gain.
    size = np.abs(reciprocal)
    usable = (size > 0) & (size <= LARGEST_RECIPROCAL) & (np.abs(pedestal) <= HIGHEST_PEDESTAL_ADU)
    pairs = np.where(usable, (pedestal, reciprocal), ((UNUSABLE_PEDESTAL,), (UNUSABLE_RECIPROCAL,)))
    return aligned_copy(pairs.reshape(2, -1, GROUP_PIXELS).swapaxes(0, 1)).ravel()


def _high_gain(stages: NDArray[np.float64], energy_keV: float) -> NDArray[np.float64]:  # noqa: N803 (unit)
    """Return [pixels, 2] ADU per count of G1 and G2; NaN where the gain is 0 or no number."""
    # Contiguous: the kernels are compiled for that, before the first run.
    gain = np.ascontiguousarray(np.moveaxis(stages, 1, -1).reshape(-1, 2)) * energy_keV
    gain[~np.isfinite(gain) | (gain == 0)] = np.nan
    return gain


def _high(
    mean: NDArray[np.float32], gain: NDArray[np.float64], dead: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return ``CellTables.high`` from [2 stages, modules, 512, 1024] and [pixels, 2]."""
    high = aligned_empty((len(gain), 4), np.float64)
    high[:, :2] = mean.reshape(2, -1).T
    high[:, 2:] = gain
    high[dead] = np.nan
    return high
