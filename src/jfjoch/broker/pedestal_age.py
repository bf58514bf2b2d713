"""Dark levels drift, and depend on settings: when a fresh pedestal is wanted (B026)."""

from datetime import datetime, timedelta

from jfjoch.calibration.pedestals import Pedestals
from jfjoch.model.detector_settings import DetectorSettings

LONGEST_AGE = timedelta(hours=1)
LONGEST_TOLERANT_EXPOSURE_US = 100


def pedestal_warning(pedestals: Pedestals, settings: DetectorSettings, now: datetime) -> str | None:
    """Return what to tell a user whose pedestal is of no use now, or None.

    It is for other settings, or too old for the exposure; without a count time the exposure is
    nearly the frame time. ``now`` has a time zone.
    """
    mismatch = None if pedestals.origin == "none" else pedestals.mismatch(settings)
    if mismatch is not None:
        remedy = "POST /pedestal"
        if settings.internal_frame_generator:
            remedy = "one can be measured when internal_frame_generator is off"
        return f"the present pedestal is not used: it {mismatch}; {remedy}"
    exposure_us = settings.count_time_us or settings.frame_time_us
    if pedestals.time is None or exposure_us <= LONGEST_TOLERANT_EXPOSURE_US:
        return None
    age = now - pedestals.time
    if settings.internal_frame_generator or age <= LONGEST_AGE:
        return None
    hours = age.total_seconds() / 3600
    return f"the pedestal is {hours:.1f} h old; with the shutter closed, POST /pedestal"
