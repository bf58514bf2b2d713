"""Read-out settings for a detector that may not be able to do those of another."""

from collections.abc import Iterable
from dataclasses import dataclass

from jfjoch.calibration.gains import GainMaps
from jfjoch.errors import InvalidInput
from jfjoch.model.detector import Detector
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.receiver.detector_limits import (
    check_detector_settings,
    check_gain_maps,
    default_detector_settings,
)


@dataclass(frozen=True, slots=True)
class UsableSettings:
    """Settings a detector can do."""

    settings: DetectorSettings
    objection: str
    """What was wrong with those wanted most; empty if nothing was."""


def check_settings(detector: Detector, gains: GainMaps, settings: DetectorSettings) -> None:
    """Raise InvalidInput naming what the detector, with these gain maps, can't do."""
    check_detector_settings(detector, settings)
    check_gain_maps(detector, settings, gains)


def usable_settings(
    detector: Detector, gains: GainMaps, wanted: Iterable[DetectorSettings]
) -> UsableSettings:
    """Return the first of ``wanted`` the detector can do, else the defaults."""
    objection = ""
    for settings in wanted:
        try:
            check_settings(detector, gains, settings)
        except InvalidInput as error:
            objection = objection or str(error)
        else:
            return UsableSettings(settings, objection)
    return UsableSettings(default_detector_settings(detector), objection)
