"""Dark levels drift: long exposures want a fresh pedestal (B026)."""

from datetime import datetime, timedelta

from jfjoch.calibration.pedestals import Pedestals
from jfjoch.model.detector_settings import DetectorSettings

LONGEST_AGE = timedelta(hours=1)
LONGEST_TOLERANT_EXPOSURE_US = 100


def pedestal_warning(pedestals: Pedestals, settings: DetectorSettings, now: datetime) -> str | None:
    """Return what to tell a user whose pedestal is too old for the exposure, or None.

    ``now`` has a time zone. Without a count time the exposure is nearly the frame time.
    """
    exposure_us = settings.count_time_us or settings.frame_time_us
    if pedestals.time is None or exposure_us <= LONGEST_TOLERANT_EXPOSURE_US:
        return None
    age = now - pedestals.time
    if settings.internal_frame_generator or age <= LONGEST_AGE:
        return None
    hours = age.total_seconds() / 3600
    return f"the pedestal is {hours:.1f} h old; with the shutter closed, POST /pedestal"
