"""What read-out settings a detector can do."""

from jfjoch.errors import InvalidInput
from jfjoch.model.detector import Detector
from jfjoch.model.detector_settings import DetectorSettings

_MIN_FRAME_TIME_US = {"JUNGFRAU": 500, "EIGER": 250}
_MIN_COUNT_TIME_US = 10
_KNOWN_TIMINGS = ("auto", "trigger")


def check_detector_settings(detector: Detector, settings: DetectorSettings) -> None:
    """Raise InvalidInput naming the limit that the settings break."""
    _check_times(detector, settings)
    _check_timing(detector, settings)
    _check_pedestal(settings)
    _refuse_unavailable(settings)


def _check_times(detector: Detector, settings: DetectorSettings) -> None:
    least = _MIN_FRAME_TIME_US[detector.type]
    if settings.frame_time_us < least:
        raise InvalidInput(
            f"frame_time_us must be at least {least} for {detector.type};"
            f" got {settings.frame_time_us}"
        )
    most = settings.frame_time_us - detector.effective_readout_time_us
    count_time = settings.count_time_us
    if count_time is not None and not _MIN_COUNT_TIME_US <= count_time <= most:
        raise InvalidInput(
            f"count_time_us must be from {_MIN_COUNT_TIME_US} to {most} (frame_time_us less the"
            f" readout time of {detector.effective_readout_time_us} us); got {count_time}"
        )


def _check_timing(detector: Detector, settings: DetectorSettings) -> None:
    if detector.type == "JUNGFRAU" and settings.timing not in _KNOWN_TIMINGS:
        raise InvalidInput(
            f"timing of a JUNGFRAU is one of {', '.join(_KNOWN_TIMINGS)}; got {settings.timing}"
        )


def _check_pedestal(settings: DetectorSettings) -> None:
    least = settings.jungfrau_pedestal_min_image_count
    frames = {
        "jungfrau_pedestal_g0_frames": settings.jungfrau_pedestal_g0_frames,
        "jungfrau_pedestal_g1_frames": settings.jungfrau_pedestal_g1_frames,
        "jungfrau_pedestal_g2_frames": settings.jungfrau_pedestal_g2_frames,
    }
    for name, count in frames.items():
        skippable = name != "jungfrau_pedestal_g0_frames"
        if count < least and not (skippable and count == 0):
            raise InvalidInput(
                f"{name} must be at least jungfrau_pedestal_min_image_count ({least})"
                f"{', or 0 to skip the stage' if skippable else ''}; got {count}"
            )


def _refuse_unavailable(settings: DetectorSettings) -> None:
    asked = {
        "jungfrau_storage_cell_count": settings.jungfrau_storage_cell_count > 1,
        "jungfrau_fixed_gain_g1": settings.jungfrau_fixed_gain_g1,
        "jungfrau_use_gain_hg0": settings.jungfrau_use_gain_hg0,
    }
    for name, is_asked in asked.items():
        if is_asked:
            raise InvalidInput(f"{name} is not available in this version; leave it at its default")
