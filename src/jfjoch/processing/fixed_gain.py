"""Conversion of frames taken with the gain fixed to G1."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.calibration.gains import GainMaps
from jfjoch.calibration.pedestals import Pedestals
from jfjoch.kernels.fixed_gain import g1_as_g0
from jfjoch.processing.conversion_tables import ConversionTables
from jfjoch.processing.frame_step import FrameStep


class FixedGainFrame:
    """A frame step in front of another one, which is made for frames mostly in G0."""

    def __init__(self, step: FrameStep) -> None:
        """``step`` has tables of ``fixed_gain_tables``."""
        self._step = step

    def begin(self) -> None:
        """Start a new image."""
        self._step.begin()

    def add(self, frame: NDArray[np.uint16], storage_cell: int) -> None:
        """Change the gain bits of the frame in its place, and pass it on."""
        g1_as_g0(frame)
        self._step.add(frame, storage_cell)

    def place(self) -> None:
        """Have all frames in the image."""
        self._step.place()


def fixed_gain_tables(
    pedestals: Pedestals,
    gains: GainMaps,
    energy_per_count_keV: float,  # noqa: N803 (unit)
) -> ConversionTables:
    """Return tables in which G1 stands in the place of G0, and nothing in those of G1 and G2."""
    mean = np.full_like(pedestals.mean_adu, np.nan)
    mean[0] = pedestals.mean_adu[1]
    g0, g1 = gains.maps[:, 0], gains.maps[:, 1]
    maps = np.full((len(g0), 3, *g0.shape[1:]), np.nan)
    # 0 says that a pixel is dead, which is told by G0; a G1 of 0 is of no use, but not dead.
    maps[:, 0] = np.where(g0 == 0, 0, np.where(g1 == 0, np.nan, g1))
    moved = Pedestals(mean, mean, pedestals.origin)
    return ConversionTables.build(moved, GainMaps(maps), energy_per_count_keV, use_hg0=False)
