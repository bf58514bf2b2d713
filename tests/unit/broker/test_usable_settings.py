"""Settings for a detector that can't do all of them."""

import pytest

from jfjoch.broker.usable_settings import usable_settings
from jfjoch.calibration.gains import GainMaps
from jfjoch.model.detector import Detector
from jfjoch.model.detector_settings import DetectorSettings
from tests.helpers.pipeline_runs import detector_of

GAINS = GainMaps.nominal(1)
FAST = DetectorSettings(frame_time_us=250)
GATED = DetectorSettings(frame_time_us=1000, timing="gated")
HIGH_GAIN = DetectorSettings(frame_time_us=1000, jungfrau_use_gain_hg0=True)
POSSIBLE = DetectorSettings(frame_time_us=700)


def test_what_is_wanted_most_is_used_where_possible() -> None:
    usable = usable_settings(detector_of(1), GAINS, [POSSIBLE, FAST])
    assert (usable.settings, usable.objection) == (POSSIBLE, "")


@pytest.mark.parametrize(
    ("wanted", "objection"),
    [
        (FAST, "frame_time_us must be at least 500"),
        (GATED, "timing of a JUNGFRAU"),
        (HIGH_GAIN, "jungfrau_use_gain_hg0"),
    ],
)
def test_the_next_one_that_is_possible_is_used(wanted: DetectorSettings, objection: str) -> None:
    """B087, B094: the objection is that to the first."""
    usable = usable_settings(detector_of(1), GAINS, [wanted, FAST, POSSIBLE])
    assert usable.settings == POSSIBLE
    assert objection in usable.objection


@pytest.mark.parametrize(("readout_time_us", "frame_time_us"), [(None, 1000), (5000, 5010)])
def test_defaults_are_possible_for_every_detector(
    readout_time_us: int | None, frame_time_us: int
) -> None:
    detector: Detector = detector_of(1).model_copy(update={"readout_time_us": readout_time_us})
    usable = usable_settings(detector, GAINS, [FAST])
    assert usable.settings == DetectorSettings(frame_time_us=frame_time_us)
    assert usable.objection
    assert usable_settings(detector, GAINS, [usable.settings]).objection == ""


def test_nothing_wanted() -> None:
    usable = usable_settings(detector_of(1), GAINS, [])
    assert (usable.settings, usable.objection) == (DetectorSettings(frame_time_us=1000), "")
