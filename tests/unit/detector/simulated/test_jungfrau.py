"""The simulated detector from outside: what calibration and conversion find is the truth."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jfjoch.calibration.gains import NOMINAL_GAINS_ADU_PER_KEV, GainMaps
from jfjoch.calibration.pedestal_estimator import PedestalEstimator
from jfjoch.detector.simulated.jungfrau import SimulatedJungfrau
from jfjoch.errors import DetectorError
from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.model.detector import Detector
from jfjoch.model.plan import GainStage
from tests.helpers.frame_list import FrameList
from tests.helpers.frame_plans import frame_plan
from tests.helpers.pipeline_runs import detector_of

ENERGY_KEV = 12.4
STAGES: list[tuple[GainStage, int, int]] = [
    ("dynamic", 0, 0),
    ("forced_g1", 1, 1),
    ("forced_g2", 2, 3),
    ("fixed_g1", 1, 1),
]


@pytest.fixture(scope="module")
def layout() -> ModuleLayout:
    return module_layout(
        Detector.model_validate(
            {"description": "JF", "serial_number": "1", "standard_geometry": {"nmodules": 1}}
        ),
        assembled=True,
    )


@pytest.fixture(scope="module")
def detector(layout: ModuleLayout) -> Iterator[SimulatedJungfrau]:
    """One detector for all tests, as rendering takes time."""
    detector = SimulatedJungfrau(layout, seed=1)
    detector.switch_on()
    yield detector
    detector.switch_off()


def run(detector: SimulatedJungfrau, **changed: Any) -> list[np.ndarray]:
    slots = FrameList(1)
    detector.start(frame_plan(photon_energy_keV=ENERGY_KEV, **changed))
    while detector.step(slots):
        pass
    return slots.frames


def converted(detector: SimulatedJungfrau, raw: np.ndarray, energy_keV: float) -> np.ndarray:  # noqa: N803 (unit)
    """Photons from the true pedestals and gains; [modules, 512, 1024] float64."""
    stage = np.array([0, 1, -1, 2])[raw >> 14][:, None]
    truth = detector.sensor.truth()
    pedestals = np.take_along_axis(truth.pedestals_adu, stage, axis=1)[:, 0]
    gains = np.take_along_axis(truth.gains_adu_per_keV, stage, axis=1)[:, 0]
    return ((raw & 0x3FFF) - pedestals.astype(np.float64)) / (gains * energy_keV)


@pytest.mark.parametrize(("gain_stage", "stage", "bits"), STAGES)
def test_pedestal_is_found(
    detector: SimulatedJungfrau, gain_stage: GainStage, stage: int, bits: int
) -> None:
    """B026, B029: within four standard errors for 99.9 % of the pixels."""
    frame_count = 150
    estimator = PedestalEstimator(1, gain_stage)
    for frame in run(detector, dark=True, gain_stage=gain_stage, frame_count=frame_count):
        assert (frame >> 14 == bits).all()
        estimator.add_frame(frame)
    measured = estimator.result(frame_count)
    truth = detector.sensor.truth()
    pedestal, rms = truth.pedestals_adu[:, stage], truth.rms_adu[:, stage]
    limit = 4 * rms / np.sqrt(min(frame_count, 255))
    assert (np.abs(measured.mean_adu - pedestal) < limit).mean() >= 0.999
    assert np.median(measured.rms_adu / rms) == pytest.approx(1, abs=0.01)


def test_dark_frames_are_never_the_same(detector: SimulatedJungfrau) -> None:
    frames = np.stack(run(detector, dark=True, frame_count=8)).astype(np.float64)
    noise = (frames - detector.sensor.truth().pedestals_adu[:, 0]).reshape(8, -1)
    correlation = np.corrcoef(noise) - np.eye(8)
    assert np.abs(correlation).max() < 0.02
    again = run(detector, dark=True, frame_count=1)[0]
    assert all((again != frame).mean() > 0.9 for frame in frames)


def test_conversion_finds_the_photons(detector: SimulatedJungfrau) -> None:
    """G0 to the photon; G1 and G2 within six times their noise."""
    frames = run(detector, frame_count=16)
    raw = np.stack(frames)
    truth = np.stack([detector.true_photons(number) for number in range(16)]).astype(np.int64)
    photons = np.stack([converted(detector, frame, ENERGY_KEV) for frame in frames])
    counted = np.floor(photons + 0.5)
    in_g0 = raw >> 14 == 0
    np.testing.assert_array_equal(counted[in_g0], truth[in_g0])
    assert truth[in_g0].max() >= 15
    for bits, gain, noise_adu in ((1, 1.439, 12.0), (3, 0.1145, 10.0)):
        chosen = raw >> 14 == bits
        noise = 1.3 * noise_adu / (gain * ENERGY_KEV)  # gains and noise vary by a few per cent
        assert chosen.sum() > (100 if bits == 1 else 0)
        np.testing.assert_allclose(photons[chosen], truth[chosen], rtol=0, atol=6 * noise + 1)
    assert truth.mean() == pytest.approx(0.5, abs=0.25)


def test_a_4m_detector_counts_its_photons() -> None:
    """Two modules side by side, four high."""
    big = SimulatedJungfrau(module_layout(detector_of(8, in_row=2), assembled=True), seed=5)
    big.switch_on()
    slots = FrameList(8)
    big.start(frame_plan(module_count=8, frame_count=1, photon_energy_keV=ENERGY_KEV))
    big.step(slots)
    (raw,) = slots.frames
    in_g0 = raw >> 14 == 0
    counted = np.floor(converted(big, raw, ENERGY_KEV) + 0.5)
    np.testing.assert_array_equal(counted[in_g0], big.true_photons(0)[in_g0])
    position = big.true_spots(0).position_pxl
    on_detector = ((position >= 0) & (position < (2068, 2164))).all(axis=1)
    assert on_detector.sum() > 100


def test_high_gain_and_storage_cells_are_followed(layout: ModuleLayout) -> None:
    """B092, B094: each frame with pedestal and gain of its own."""
    levels = np.array((*NOMINAL_GAINS_ADU_PER_KEV, 100.0))[:, None, None]
    gains = GainMaps(np.broadcast_to(levels, (1, 4, 512, 1024)))
    detector = SimulatedJungfrau(layout, gains, seed=1)
    detector.switch_on()
    frames = run(detector, frame_count=6, storage_cell_count=3, use_hg0=True)
    for number, raw in enumerate(frames):
        truth = detector.sensor.truth(number % 3, use_hg0=True)
        photons = (raw - truth.pedestals_adu[:, 0]) / (100.0 * ENERGY_KEV)
        in_g0 = raw >> 14 == 0
        expected = detector.true_photons(number)
        np.testing.assert_array_equal(np.floor(photons + 0.5)[in_g0], expected[in_g0])


def test_frames_with_light_repeat_from_run_to_run(
    detector: SimulatedJungfrau, layout: ModuleLayout
) -> None:
    first, second = run(detector, frame_count=20), run(detector, frame_count=2)
    np.testing.assert_array_equal(first[:2], second)
    np.testing.assert_array_equal(first[16], first[0])
    assert (first[0] != first[1]).mean() > 0.5
    twin = SimulatedJungfrau(layout, seed=1)
    twin.switch_on()
    np.testing.assert_array_equal(run(twin, frame_count=2), second)


def test_photon_energy_and_fixed_gain_are_followed(layout: ModuleLayout) -> None:
    detector = SimulatedJungfrau(layout, seed=2)
    detector.switch_on()
    (dynamic,) = run(detector, frame_count=1)
    detector.start(frame_plan(photon_energy_keV=6.0, frame_count=1))
    slots = FrameList(1)
    detector.step(slots)
    photons = np.floor(converted(detector, slots.frames[0], 6.0) + 0.5)
    in_g0 = slots.frames[0] >> 14 == 0
    truth = detector.true_photons(0)
    assert (photons[in_g0] == truth[in_g0]).mean() > 0.9999
    assert set(np.unique(dynamic >> 14)) >= {0, 1}
    (fixed,) = run(detector, frame_count=1, gain_stage="fixed_g1")
    assert (fixed >> 14 == 1).all()


def test_truth_of_a_frame_includes_its_spots(detector: SimulatedJungfrau) -> None:
    run(detector, frame_count=16)
    spots = detector.true_spots(18)
    np.testing.assert_array_equal(spots.hkl, detector.true_spots(2).hkl)
    assert len(spots.hkl) == len(spots.position_pxl) == len(spots.photons) > 100


def test_it_must_be_on(layout: ModuleLayout) -> None:
    detector = SimulatedJungfrau(layout)
    with pytest.raises(DetectorError, match="is off; initialize it first"):
        detector.start(frame_plan())
    detector.switch_on()
    detector.start(frame_plan(dark=True))
    detector.switch_off()
    assert not detector.step(FrameList(1))
    with pytest.raises(DetectorError, match="is off"):
        detector.start(frame_plan())


@pytest.mark.parametrize("dark", [True, False])
def test_high_gain_without_its_gain_maps(detector: SimulatedJungfrau, dark: bool) -> None:
    with pytest.raises(DetectorError, match="no gain maps of HG0"):
        detector.start(frame_plan(use_hg0=True, dark=dark))


def test_triggers_release_frames(detector: SimulatedJungfrau) -> None:
    slots = FrameList(1)
    detector.start(frame_plan(dark=True, wait_for_trigger=True, frames_per_trigger=5))
    assert detector.step(slots)
    assert slots.frames == []
    detector.trigger()
    for _ in range(6):
        assert detector.step(slots)
    assert len(slots.frames) == 5
    detector.stop()


def test_no_truth_before_the_first_run_with_light(layout: ModuleLayout) -> None:
    with pytest.raises(DetectorError, match="no run with light yet"):
        SimulatedJungfrau(layout).true_photons(0)


_COMPILES_NOTHING_NEW = """
import numpy as np
from jfjoch.calibration.pedestal_estimator import PedestalEstimator
from jfjoch.detector.simulated.jungfrau import SimulatedJungfrau
from jfjoch.geometry.modules import ModuleLayout
from jfjoch.kernels import pedestal, simulation
from tests.helpers.frame_list import FrameList
from tests.helpers.frame_plans import frame_plan

def signatures():
    return {
        (module.__name__, name): len(kernel.signatures)
        for module in (pedestal, simulation)
        for name, kernel in vars(module).items()
        if hasattr(kernel, "signatures") and not name.startswith("_")
    }

pedestal.warm_up()
simulation.warm_up()
warm = signatures()
placements = np.array([(0, 1030, 1), (514 * 1030, 1030, 1)])
detector = SimulatedJungfrau(ModuleLayout(1028, 1030, True, placements))
detector.switch_on()
slots = FrameList(2)
for dark in (True, False):
    detector.start(frame_plan(module_count=2, frame_count=1, dark=dark))
    detector.step(slots)
estimator = PedestalEstimator(2, "dynamic")
estimator.add_frame(slots.frames[0])
estimator.result(1)
assert all(warm.values()), warm
assert signatures() == warm, (warm, signatures())
"""


def test_warm_up_compiles_all_that_a_run_uses() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _COMPILES_NOTHING_NEW],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=Path(__file__).parents[4],
    )
    assert done.returncode == 0, done.stderr
