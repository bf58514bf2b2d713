"""The gain of every pixel in every gain stage."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.calibration.pedestals import MODULE_SHAPE

NOMINAL_GAINS_ADU_PER_KEV = (41.0, -1.439, -0.1145)
"""G0 rises with charge, G1 and G2 fall; used where no gain file is given."""


@dataclass(frozen=True, slots=True, eq=False)
class GainMaps:
    """ADU per keV."""

    maps: NDArray[np.float64]
    """[modules, 3 or 6, 512, 1024] in the order G0 G1 G2 [HG0 HG1 HG2]; 0 in G0 = dead pixel."""
    file_names: tuple[str, ...] = ()

    @classmethod
    def nominal(cls, module_count: int) -> "GainMaps":
        """The same typical gains for every pixel."""
        maps = np.empty((module_count, 3, *MODULE_SHAPE), np.float64)
        maps[:] = np.array(NOMINAL_GAINS_ADU_PER_KEV)[:, None, None]
        return cls(maps)
