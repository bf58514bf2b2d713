"""The simulated EIGER from outside: counters hold the photons of its scene."""

from typing import Any

import numpy as np
import pytest

from jfjoch.detector.simulated.eiger import SimulatedEiger
from jfjoch.errors import DetectorError
from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.model.detector import Detector
from jfjoch.model.eiger_counter import EigerCounter, ReadoutBits
from jfjoch.model.plan import CrystalRotation, FramePlan
from tests.helpers.frame_list import FrameList
from tests.helpers.frame_plans import frame_plan


def plan(bits: ReadoutBits = 16, **changed: Any) -> FramePlan:
    values = {"frame_count": 3, "counter": EigerCounter(bits), "threshold_energy_keV": 6.2}
    return frame_plan(**(values | changed))


@pytest.fixture(scope="module")
def layout() -> ModuleLayout:
    eiger = {"description": "E", "serial_number": "1", "type": "EIGER"}
    detector = Detector.model_validate(eiger | {"standard_geometry": {"nmodules": 1}})
    return module_layout(detector, assembled=True)


@pytest.fixture
def detector(layout: ModuleLayout) -> SimulatedEiger:
    eiger = SimulatedEiger(layout, seed=1)
    eiger.switch_on()
    return eiger


def run(eiger: SimulatedEiger, of_run: FramePlan) -> FrameList:
    slots = FrameList(1, dtype=of_run.frame_dtype)
    eiger.start(of_run)
    while eiger.step(slots):
        pass
    return slots


@pytest.mark.parametrize(
    ("bits", "limit", "packets"), [(8, 255, 128), (16, 4095, 256), (32, 2**32 - 1, 512)]
)
def test_counters_hold_the_photons_up_to_their_limit(
    detector: SimulatedEiger, bits: ReadoutBits, limit: int, packets: int
) -> None:
    """Packets of 4096 bytes; without a full counter in 8 bit the test would show nothing."""
    slots = run(detector, plan(bits))
    assert [info.packets_expected for info in slots.infos] == [packets] * 3
    for number, frame in enumerate(slots.frames):
        photons = detector.true_photons(number).astype(np.int64)
        assert frame.dtype == f"uint{max(16, bits)}"
        np.testing.assert_array_equal(frame, np.minimum(photons, limit))
        assert photons.max() > 255


def test_background_is_poisson(detector: SimulatedEiger) -> None:
    """Seen where there are no spots: the variance of the counts is their mean."""
    frames = np.stack(run(detector, plan(frame_count=16)).frames).astype(np.float64)
    quiet = frames[:, (frames.max(axis=0) < 10)]
    mean, variance = quiet.mean(axis=0), quiet.var(axis=0, ddof=1)
    assert 0.1 < mean.mean() < 2
    assert variance.mean() == pytest.approx(mean.mean(), rel=0.05)


@pytest.mark.parametrize(("threshold_keV", "seen"), [(12.4, True), (12.5, False)])
def test_photons_below_the_threshold_are_not_counted(
    detector: SimulatedEiger,
    threshold_keV: float,  # noqa: N803 (unit)
    seen: bool,
) -> None:
    """B088: energy against threshold."""
    slots = run(detector, plan(threshold_energy_keV=threshold_keV, photon_energy_keV=12.4))
    assert np.any(slots.frames[0]) == seen


def test_the_same_seed_gives_the_same_frames(
    detector: SimulatedEiger, layout: ModuleLayout
) -> None:
    twin, other = SimulatedEiger(layout, seed=1), SimulatedEiger(layout, seed=2)
    for eiger in (twin, other):
        eiger.switch_on()
    first = run(detector, plan()).frames[1]
    np.testing.assert_array_equal(run(twin, plan(frame_count=2)).frames[1], first)
    assert np.any(run(other, plan(frame_count=2)).frames[1] != first)
    np.testing.assert_array_equal(twin.true_spots(1).hkl, detector.true_spots(1).hkl)


def test_another_setting_gives_other_frames(detector: SimulatedEiger) -> None:
    """Depth, energy and goniometer of the run are followed, also after a run with others."""
    full = run(detector, plan(8, frame_count=1)).frames[0] == 255
    counts = run(detector, plan(16, frame_count=1)).frames[0]
    assert np.all(counts[full] >= 255)
    assert counts.max() > 255
    softer = run(detector, plan(frame_count=1, photon_energy_keV=8.0)).frames[0]
    assert np.any(softer != counts)
    turn = CrystalRotation(0.0, 0.1, (1.0, 0.0, 0.0))
    run(detector, plan(frame_count=1, rotation=turn))
    assert detector.true_spots(0).rotation.shape == (3, 3)


def test_it_must_be_on_and_planned_for(layout: ModuleLayout) -> None:
    eiger = SimulatedEiger(layout)
    with pytest.raises(DetectorError, match="is off; initialize it first"):
        eiger.start(plan())
    with pytest.raises(DetectorError, match="no run with light yet"):
        eiger.true_photons(0)
    eiger.switch_on()
    with pytest.raises(DetectorError, match="planned for a JUNGFRAU"):
        eiger.start(frame_plan())
    with pytest.raises(DetectorError, match="planned for 2 modules"):
        eiger.start(plan(module_count=2, frame_count=1))
    eiger.start(plan())
    eiger.switch_off()
    assert not eiger.step(FrameList(1))


def test_triggers_release_frames(detector: SimulatedEiger) -> None:
    slots = FrameList(1)
    detector.start(plan(wait_for_trigger=True, frames_per_trigger=2, frame_count=4))
    assert detector.step(slots)
    assert slots.frames == []
    detector.trigger()
    for _ in range(3):
        assert detector.step(slots)
    assert len(slots.frames) == 2
    detector.stop()
