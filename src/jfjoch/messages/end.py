"""The end of a run."""

from dataclasses import dataclass
from datetime import datetime


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
