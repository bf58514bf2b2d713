"""The end of a run."""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class EndMessage:
    """What became of the run."""

    run_number: int
    run_name: str
    end_date: datetime
    max_image_number: int
    """Highest image_id sent + 1; 0 = none."""
    images_collected: int
    images_sent: int
    images_expected: int
    efficiency: float
    """Received / expected packets."""
    max_receiver_delay: int
    cancelled: bool
    mean_profile: NDArray[np.float32] | None = field(default=None, compare=False)
    """[bins], azimuthal profile averaged over the images; NaN for a bin that was always empty."""
    bkg_estimate: float | None = None
    """Mean over the images that had one."""
    indexing_rate: float | None = None
    """Indexed images / images tried; None when none was tried."""
