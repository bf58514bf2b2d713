"""Gain files as tests need them."""

from pathlib import Path

import numpy as np

from jfjoch.calibration.gain_file import save_gain_map
from jfjoch.calibration.gains import NOMINAL_GAINS_ADU_PER_KEV

HG0_GAIN_ADU_PER_KEV = 100.0


def write_gain_file(path: Path, map_count: int) -> Path:
    """Write the nominal gains of one module, with high gain maps if there are to be 6."""
    high = (HG0_GAIN_ADU_PER_KEV, *NOMINAL_GAINS_ADU_PER_KEV[1:])
    levels = np.array((*NOMINAL_GAINS_ADU_PER_KEV, *high)[:map_count])
    save_gain_map(path, np.broadcast_to(levels[:, None, None], (map_count, 512, 1024)))
    return path
