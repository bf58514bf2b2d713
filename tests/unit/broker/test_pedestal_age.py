"""When a fresh pedestal is asked for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jfjoch.broker.pedestal_age import pedestal_warning
from jfjoch.calibration.pedestals import Pedestals
from jfjoch.model.detector_settings import DetectorSettings

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def warning(age_h: float | None, **settings: object) -> str | None:
    time = None if age_h is None else NOW - timedelta(hours=age_h)
    return pedestal_warning(
        replace(Pedestals.zero(1), origin="measured", time=time),
        DetectorSettings.model_validate({"frame_time_us": 1000} | settings),
        NOW,
    )


def test_old_pedestal_with_long_exposure_is_told() -> None:
    """B026: recommended hourly for integration times above 100 us."""
    assert warning(1.5) == "the pedestal is 1.5 h old; with the shutter closed, POST /pedestal"


@pytest.mark.parametrize(
    ("age_h", "settings"),
    [
        (1.0, {}),
        (None, {}),
        (9.0, {"count_time_us": 100}),
        (9.0, {"internal_frame_generator": True}),
    ],
)
def test_nothing_to_tell(age_h: float | None, settings: dict[str, object]) -> None:
    assert warning(age_h, **settings) is None


def test_pedestal_of_other_settings_is_told() -> None:
    """B080: whatever its age, and with the internal generator too."""
    cells = {"jungfrau_storage_cell_count": 2}
    assert warning(0.1, **cells) == (
        "the present pedestal is not used: it is for jungfrau_storage_cell_count 1, the settings"
        " say 2; POST /pedestal"
    )
    assert warning(0.1, **cells, internal_frame_generator=True) is not None
    settings = DetectorSettings.model_validate({"frame_time_us": 1000} | cells)
    assert pedestal_warning(Pedestals.zero(1), settings, NOW) is None, "there is none"
