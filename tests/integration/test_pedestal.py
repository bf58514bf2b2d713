"""Pedestals measured with the simulated detector, against its truth."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from jfjoch.calibration.gains import NOMINAL_GAINS_ADU_PER_KEV, GainMaps
from jfjoch.calibration.pedestals import Pedestals
from jfjoch.detector.base import FrameInfo, FrameSlots
from jfjoch.detector.simulated.jungfrau import SimulatedJungfrau
from jfjoch.errors import Cancelled, PedestalRefused
from jfjoch.geometry.modules import module_layout
from jfjoch.model.detector import Detector, StandardDetectorGeometry
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.plan import FramePlan
from jfjoch.receiver.frame_buffer import FrameBuffer
from jfjoch.receiver.pedestal_run import PedestalRun

DETECTOR = Detector(
    description="d", serial_number="s", standard_geometry=StandardDetectorGeometry(nmodules=1)
)
NOW = datetime(2025, 3, 4, tzinfo=UTC)
HG0_ADU_PER_KEV = 100.0
FRAMES = {"g0": 300, "g1": 140, "g2": 130}


@pytest.fixture(scope="module")
def source() -> Iterator[SimulatedJungfrau]:
    levels = np.array((*NOMINAL_GAINS_ADU_PER_KEV, HG0_ADU_PER_KEV))[:, None, None]
    gains = GainMaps(np.broadcast_to(levels, (1, 4, 512, 1024)))
    simulated = SimulatedJungfrau(module_layout(DETECTOR, assembled=True), gains, seed=3)
    simulated.switch_on()
    yield simulated
    simulated.switch_off()


def frame_buffer() -> FrameBuffer:
    return FrameBuffer(1, 128 * 2**20)


def settings(**changed: Any) -> DetectorSettings:
    frames = {f"jungfrau_pedestal_{stage}_frames": count for stage, count in FRAMES.items()}
    given = {"frame_time_us": 1000, "jungfrau_pedestal_min_image_count": 128}
    return DetectorSettings.model_validate(given | frames | changed)


def measure(source: Any, present: Pedestals | None = None, **changed: Any) -> Pedestals:
    run = PedestalRun(source, DETECTOR, settings(**changed), threading.Event(), frame_buffer())
    measured = run.measure(present or Pedestals.zero(1), NOW)
    assert run.progress() == 1.0
    return measured


def assert_found(
    source: SimulatedJungfrau, measured: Pedestals, stage: int, frames: int, use_hg0: bool = False
) -> None:
    """Within four standard errors for 99.9 % of the pixels of every storage cell."""
    for cell in range(measured.storage_cell_count):
        truth = source.sensor.truth(cell, use_hg0)
        rms = truth.rms_adu[:, stage]
        limit = 4 * rms / np.sqrt(min(frames, 255))
        error = np.abs(measured.mean_adu[stage, cell] - truth.pedestals_adu[:, stage])
        assert (error < limit).mean() >= 0.999, f"G{stage}, storage cell {cell}"
        ratio = np.median(measured.rms_adu[stage, cell] / rms)
        assert ratio == pytest.approx(1, abs=0.01), f"G{stage}, storage cell {cell}"


@pytest.mark.parametrize("cells", [1, 3])
def test_all_stages_of_all_storage_cells(source: SimulatedJungfrau, cells: int) -> None:
    """B025, B029, B092."""
    wanted = settings(jungfrau_storage_cell_count=cells)
    measured = measure(source, jungfrau_storage_cell_count=cells)
    assert measured.mean_adu.shape == (3, cells, 1, 512, 1024)
    assert (measured.origin, measured.time, measured.settings) == ("measured", NOW, wanted)
    for stage, frames in enumerate(FRAMES.values()):
        assert_found(source, measured, stage, frames)


def test_high_gain(source: SimulatedJungfrau) -> None:
    """B094."""
    measured = measure(source, jungfrau_use_gain_hg0=True)
    for stage, frames in enumerate(FRAMES.values()):
        assert_found(source, measured, stage, frames, use_hg0=True)
    usual = source.sensor.truth()
    assert np.abs(measured.mean_adu[0, 0] - usual.pedestals_adu[:, 0]).mean() > 50


def test_fixed_gain(source: SimulatedJungfrau) -> None:
    """B093: only G1 is measured, and nothing is kept of the others."""
    before = measure(source, jungfrau_pedestal_g0_frames=128)
    fixed = {"jungfrau_fixed_gain_g1": True, "jungfrau_storage_cell_count": 2}
    measured = measure(source, before, **fixed)
    assert_found(source, measured, 1, FRAMES["g1"])
    assert np.isnan(measured.mean_adu[[0, 2]]).all()


def test_a_skipped_stage_keeps_its_pedestal(source: SimulatedJungfrau) -> None:
    """B090: while the settings are those it was measured with."""
    first = measure(source)
    skipped = {"jungfrau_pedestal_g1_frames": 0, "jungfrau_pedestal_g2_frames": 0}
    second = measure(source, first, **skipped)
    np.testing.assert_array_equal(second.mean_adu[1:], first.mean_adu[1:])
    assert (second.mean_adu[0] != first.mean_adu[0]).any()
    third = measure(source, second, **skipped, jungfrau_use_gain_hg0=True)
    assert np.isnan(third.mean_adu[1:]).all()
    assert np.isnan(measure(source, **skipped).mean_adu[1:]).all()


Change = Callable[[FramePlan, FrameInfo, np.ndarray], FrameInfo]


class ChangedFrames:
    """A frame source between the simulated detector and a run, which spoils what passes."""

    waits = True

    def __init__(self, source: SimulatedJungfrau, change: Change) -> None:
        self._source = source
        self._change = change
        self._plan: FramePlan | None = None
        self._slots: FrameSlots | None = None
        self._frame = np.empty(0, np.uint16)

    def start(self, plan: FramePlan) -> None:
        self._plan = plan
        self._source.start(plan)

    def begin(self) -> None:
        self._source.begin()

    def step(self, slots: FrameSlots) -> bool:
        self._slots = slots
        return self._source.step(self)

    def claim(self, frame_number: int, timeout_s: float) -> np.ndarray | None:
        assert self._slots is not None
        frame = self._slots.claim(frame_number, timeout_s)
        if frame is not None:
            self._frame = frame
        return frame

    def publish(self, info: FrameInfo) -> None:
        assert self._plan is not None
        assert self._slots is not None
        info = self._change(self._plan, info, self._frame)
        if info.is_lost:
            self._slots.lose(info)
        else:
            self._slots.publish(info)

    def lose(self, info: FrameInfo) -> None:
        raise AssertionError(f"inside sources lose nothing, but {info}")

    def trigger(self) -> None:
        self._source.trigger()

    def stop(self) -> None:
        self._source.stop()


def test_too_few_complete_frames_of_one_storage_cell(source: SimulatedJungfrau) -> None:
    """B028: stage, module, storage cell, and how many of how many."""

    def lose_packets(plan: FramePlan, info: FrameInfo, _: np.ndarray) -> FrameInfo:
        lost = plan.gain_stage == "forced_g1" and info.storage_cell == 1 and info.number < 20
        return FrameInfo(info.number, 128, 128 - lost, info.storage_cell)

    with pytest.raises(PedestalRefused) as refusal:
        measure(ChangedFrames(source, lose_packets), jungfrau_storage_cell_count=2)
    for part in ("G1", "module 0", "storage cell 1", "has 120", "of the 128"):
        assert part in str(refusal.value)


def test_pixels_in_the_wrong_stage_are_refused(source: SimulatedJungfrau) -> None:
    """B110: more than two in G0, or any in a forced stage."""

    def hit(plan: FramePlan, info: FrameInfo, frame: np.ndarray) -> FrameInfo:
        stage = ("dynamic", "forced_g1", "forced_g2").index(plan.gain_stage)
        for column, hits in enumerate((1, 2, 3)):
            if info.number < hits:
                frame[0, stage, column] = 0x8000
        return info

    measured = measure(ChangedFrames(source, hit))
    refused = np.argwhere(np.isnan(measured.mean_adu[:, 0, 0])).tolist()
    assert refused == [
        [0, 0, 2],
        *([stage, stage, column] for stage in (1, 2) for column in (0, 1, 2)),
    ]


def test_cancelled(source: SimulatedJungfrau) -> None:
    """B073: the present pedestal stays."""
    cancelled = threading.Event()

    def cancel(_: FramePlan, info: FrameInfo, __: np.ndarray) -> FrameInfo:
        if info.number == 10:
            cancelled.set()
        return info

    run = PedestalRun(
        ChangedFrames(source, cancel), DETECTOR, settings(), cancelled, frame_buffer()
    )
    with pytest.raises(Cancelled, match="the old calibration is kept"):
        run.measure(Pedestals.zero(1), NOW)
    assert 0 < run.progress() < 0.1
