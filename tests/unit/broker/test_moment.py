"""A moment in which everything was in force together."""

from dataclasses import replace

import numpy as np

from jfjoch.broker.live_settings import SettingsSnapshot
from jfjoch.broker.moment import Moment, steady_moment
from jfjoch.broker.standing import Standing
from jfjoch.calibration.pedestals import Pedestals
from jfjoch.cli.detector_systems import DetectorSystems
from jfjoch.receiver.receiver import ReceiverOptions
from tests.helpers.pipeline_runs import detector_of


def first(tmp_path: object) -> Moment:
    systems = DetectorSystems(tmp_path, ReceiverOptions(1, 2**21, 1), None)  # type: ignore[arg-type]
    return Moment(
        Standing("Inactive"),
        SettingsSnapshot(),
        systems.build(detector_of(1)),
        Pedestals.zero(1),
        np.zeros((1, 512, 1024), np.bool_),
        False,
        None,
    )


def test_looks_again_until_nothing_was_replaced(tmp_path: object) -> None:
    one = first(tmp_path)
    two = replace(one, standing=Standing("Inactive"))  # equal, but not the same
    three = replace(two, is_initialized=True)
    looks = iter([one, two, three, replace(three), one])
    assert steady_moment(lambda: next(looks)) is three
    assert next(looks) is one


def test_a_moment_that_stays_is_looked_at_twice(tmp_path: object) -> None:
    one = first(tmp_path)
    looks = iter([one, replace(one)])
    assert steady_moment(lambda: next(looks)) is one
    assert list(looks) == []
