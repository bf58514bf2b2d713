"""Plans for tests of frame sources."""

from typing import Any

from jfjoch.model.plan import FramePlan


def frame_plan(**changed: Any) -> FramePlan:
    """A run of 10 unpaced frames of one module, with what the test changes."""
    values: dict[str, Any] = {
        "origin": "detector",
        "module_count": 1,
        "frame_count": 10,
        "frames_per_trigger": 10,
        "wait_for_trigger": False,
        "frame_time_s": 0.001,
        "count_time_s": 0.0005,
        "paced": False,
    }
    return FramePlan(**(values | changed))
