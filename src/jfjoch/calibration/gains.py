"""The gain of every pixel in every gain stage."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.errors import InvalidInput
from jfjoch.kernels.counts import MODULE_SHAPE

NOMINAL_GAINS_ADU_PER_KEV = (41.0, -1.439, -0.1145)
"""G0 rises with charge, G1 and G2 fall; used where no gain file is given."""

HG0 = 3
"""Index of the high gain of stage G0."""


@dataclass(frozen=True, slots=True, eq=False)
class GainMaps:
    """ADU per keV."""

    maps: NDArray[np.float64]
    """[modules, 3 or 4, 512, 1024] in the order G0 G1 G2 [HG0]; 0 in G0 (HG0) = dead pixel."""
    file_names: tuple[str, ...] = ()
    files_without_hg0: tuple[str, ...] = ()
    """Those that end after G2."""

    @classmethod
    def nominal(cls, module_count: int) -> "GainMaps":
        """The same typical gains for every pixel."""
        maps = np.empty((module_count, 3, *MODULE_SHAPE), np.float64)
        maps[:] = np.array(NOMINAL_GAINS_ADU_PER_KEV)[:, None, None]
        return cls(maps)

    def unusable_pixel_count(self) -> int:
        """Count the pixels whose gain is 0 or no number in G0, G1 or G2."""
        stages = self.maps[:, :3]
        unusable = (stages == 0) | ~np.isfinite(stages)
        return int(np.count_nonzero(unusable.any(axis=1)))

    def require_hg0(self) -> None:
        """Raise InvalidInput, naming the file, where the high gain of G0 is not known."""
        if self.files_without_hg0:
            raise InvalidInput(
                f"gain file {self.files_without_hg0[0]} has 3 maps (G0 G1 G2), but "
                "jungfrau_use_gain_hg0 needs all 6; give a file with HG0 or switch the setting off"
            )
        if self.maps.shape[1] <= HG0:
            raise InvalidInput(
                "jungfrau_use_gain_hg0 needs gain files with 6 maps, but the detector has none: "
                "give one per module as calibration_file, or switch the setting off"
            )
