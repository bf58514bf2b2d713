"""One calibration array."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class CalibrationMessage:
    """One array of the calibration in use, raw geometry [512 n, 1024] float32, ADU."""

    run_number: int
    run_name: str
    name: str
    """``pedestal_g0`` ... ``pedestal_rms_g0`` ..., with ``_sc<k>`` for storage cells."""
    values: NDArray[np.float32]
