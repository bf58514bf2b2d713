"""What read-out settings a detector can do."""

from jfjoch.calibration.gains import GainMaps
from jfjoch.errors import InvalidInput
from jfjoch.model.detector import Detector
from jfjoch.model.detector_settings import DEFAULT_DETECTOR_SETTINGS, DetectorSettings

_MIN_FRAME_TIME_US = {"JUNGFRAU": 500, "EIGER": 250}
MIN_COUNT_TIME_US = 10
_KNOWN_TIMINGS = ("auto", "trigger")


def min_frame_time_us(detector: Detector) -> int:
    """Return the shortest time from one frame to the next, us."""
    return _MIN_FRAME_TIME_US[detector.type]


def default_detector_settings(detector: Detector) -> DetectorSettings:
    """Return settings the detector can do: the defaults, slower where it needs more time."""
    least = detector.effective_readout_time_us + MIN_COUNT_TIME_US
    frame_time_us = max(DEFAULT_DETECTOR_SETTINGS.frame_time_us, least)
    return DEFAULT_DETECTOR_SETTINGS.model_copy(update={"frame_time_us": frame_time_us})


def check_detector_settings(detector: Detector, settings: DetectorSettings) -> None:
    """Raise InvalidInput naming the limit that the settings break."""
    _check_times(detector, settings)
    _check_timing(detector, settings)
    if detector.type == "JUNGFRAU":
        _check_pedestal(settings)


def check_gain_maps(detector: Detector, settings: DetectorSettings, gains: GainMaps) -> None:
    """Raise InvalidInput where high G0 is asked for and a gain file does not have it (B094)."""
    if detector.type == "JUNGFRAU" and settings.jungfrau_use_gain_hg0:
        gains.require_hg0()


def _check_times(detector: Detector, settings: DetectorSettings) -> None:
    least = min_frame_time_us(detector)
    if settings.frame_time_us < least:
        raise InvalidInput(
            f"frame_time_us must be at least {least} for {detector.type};"
            f" got {settings.frame_time_us}"
        )
    most = settings.frame_time_us - detector.effective_readout_time_us
    if most < MIN_COUNT_TIME_US:
        raise InvalidInput(
            f"frame_time_us must be at least {MIN_COUNT_TIME_US} longer than the readout time of"
            f" {detector.effective_readout_time_us} us; got {settings.frame_time_us}"
        )
    count_time = settings.count_time_us
    if count_time is not None and not MIN_COUNT_TIME_US <= count_time <= most:
        raise InvalidInput(
            f"count_time_us must be from {MIN_COUNT_TIME_US} to {most} (frame_time_us less the"
            f" readout time of {detector.effective_readout_time_us} us); got {count_time}"
        )


def _check_timing(detector: Detector, settings: DetectorSettings) -> None:
    if detector.type == "JUNGFRAU" and settings.timing not in _KNOWN_TIMINGS:
        raise InvalidInput(
            f"timing of a JUNGFRAU is one of {', '.join(_KNOWN_TIMINGS)}; got {settings.timing}"
        )


def _check_pedestal(settings: DetectorSettings) -> None:
    """G1 and G2 may be left out, but not G1 where it is the only one."""
    least = settings.jungfrau_pedestal_min_image_count
    for stage in ("g0", "g1", "g2"):
        name = f"jungfrau_pedestal_{stage}_frames"
        count = getattr(settings, name)
        may_be_zero = stage == "g2" or (stage == "g1" and not settings.jungfrau_fixed_gain_g1)
        if count < least and not (may_be_zero and count == 0):
            raise InvalidInput(
                f"{name} must be at least jungfrau_pedestal_min_image_count ({least})"
                f"{', or 0 to skip the stage' if may_be_zero else ''}; got {count}"
            )
