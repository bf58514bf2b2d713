"""Read-out settings a JUNGFRAU can do."""

import pytest

from jfjoch.errors import InvalidInput
from jfjoch.model.detector import Detector, StandardDetectorGeometry
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.receiver.detector_limits import check_detector_settings

DETECTOR = Detector(
    description="d", serial_number="s", standard_geometry=StandardDetectorGeometry(nmodules=1)
)


def check(**settings: object) -> None:
    check_detector_settings(
        DETECTOR, DetectorSettings.model_validate({"frame_time_us": 1000} | settings)
    )


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"frame_time_us": 500},
        {"count_time_us": 10},
        {"count_time_us": 980},
        {"timing": "auto"},
        {"jungfrau_pedestal_g1_frames": 0},
        {"jungfrau_pedestal_g2_frames": 0},
        {"jungfrau_pedestal_g0_frames": 128},
        {"jungfrau_storage_cell_count": 16},
        {"jungfrau_fixed_gain_g1": True, "jungfrau_pedestal_g2_frames": 0},
    ],
)
def test_possible(settings: dict[str, object]) -> None:
    check(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"frame_time_us": 499}, "frame_time_us must be at least 500 for JUNGFRAU; got 499"),
        ({"count_time_us": 9}, "from 10 to 980"),
        ({"count_time_us": 981}, "from 10 to 980"),
        ({"timing": "burst"}, "one of auto, trigger; got burst"),
        ({"timing": "gated"}, "one of auto, trigger; got gated"),
        ({"jungfrau_pedestal_g0_frames": 0}, "g0_frames must be at least"),
        ({"jungfrau_pedestal_g0_frames": 127}, "g0_frames must be at least"),
        ({"jungfrau_pedestal_g1_frames": 127}, "g1_frames must be at least .* or 0 to skip"),
        ({"jungfrau_pedestal_g2_frames": 1}, "g2_frames must be at least .* or 0 to skip"),
        (
            {"jungfrau_fixed_gain_g1": True, "jungfrau_pedestal_g1_frames": 0},
            r"g1_frames must be at least jungfrau_pedestal_min_image_count \(128\); got 0",
        ),
    ],
)
def test_refused_by_name(settings: dict[str, object], message: str) -> None:
    """B087, B090-B095: each limit is named, with what came."""
    with pytest.raises(InvalidInput, match=message):
        check(**settings)
