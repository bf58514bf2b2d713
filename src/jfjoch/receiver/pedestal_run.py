"""Measuring the pedestal: dark frames of G0, then of G1 and G2 with forced switching."""

import threading
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from jfjoch.calibration.pedestal_estimator import PedestalEstimator
from jfjoch.calibration.pedestals import Pedestals
from jfjoch.detector.base import FrameInfo, FrameSource
from jfjoch.errors import Cancelled
from jfjoch.model.detector import Detector
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.plan import FramePlan, GainStage

_FORCED_FRAME_TIME_S = 10e-3


@dataclass(frozen=True, slots=True)
class _Stage:
    gain: GainStage
    frame_count: int
    frame_time_s: float


class _EstimatorSlot:
    """One frame of memory; a complete frame goes into the estimate at once.

    Implements ``FrameSlots`` for a source that fills one frame after the other.
    """

    def __init__(self, module_count: int) -> None:
        self._frame = np.empty((module_count, 512, 1024), np.uint16)
        self.estimator: PedestalEstimator
        self.frames_seen = 0

    def claim(self, frame_number: int, timeout_s: float) -> NDArray[np.uint16]:
        """Return the one frame."""
        return self._frame

    def publish(self, info: FrameInfo) -> None:
        """Take the frame if no packet of it is missing."""
        if info.packets_received == info.packets_expected:
            self.estimator.add_frame(self._frame)
        self.frames_seen += 1


class PedestalRun:
    """Measures once; the present pedestals stay as they are until it has succeeded."""

    def __init__(
        self,
        source: FrameSource,
        detector: Detector,
        settings: DetectorSettings,
        cancelled: threading.Event,
    ) -> None:
        self._source = source
        self._settings = settings
        self._module_count = detector.module_count
        self._cancelled = cancelled
        self._stages = _stages(settings)
        self._slot = _EstimatorSlot(self._module_count)

    def progress(self) -> float:
        """Frames taken / frames to take."""
        return self._slot.frames_seen / sum(stage.frame_count for stage in self._stages)

    def measure(self, present: Pedestals, now: datetime) -> Pedestals:
        """Return new pedestals; a skipped stage keeps what ``present`` has, or is unknown.

        Raises PedestalRefused when too few frames are complete, Cancelled when asked to end.
        """
        pedestals = present
        if present.origin == "none":
            pedestals = Pedestals.unmeasured(self._module_count)
        for stage in self._stages:
            estimator = self._collect(stage)
            result = estimator.result(self._settings.jungfrau_pedestal_min_image_count)
            pedestals = pedestals.with_measured(result, now)
        return pedestals

    def _collect(self, stage: _Stage) -> PedestalEstimator:
        self._slot.estimator = PedestalEstimator(self._module_count, stage.gain)
        self._source.start(self._frame_plan(stage))
        try:
            while self._source.step(self._slot):
                if self._cancelled.is_set():
                    raise Cancelled("pedestal cancelled; the old calibration is kept")
        finally:
            self._source.stop()
        return self._slot.estimator

    def _frame_plan(self, stage: _Stage) -> FramePlan:
        return FramePlan(
            origin="detector",
            module_count=self._module_count,
            frame_count=stage.frame_count,
            frames_per_trigger=stage.frame_count,
            wait_for_trigger=False,
            frame_time_s=stage.frame_time_s,
            count_time_s=stage.frame_time_s,
            paced=False,
            gain_stage=stage.gain,
            dark=True,
        )


def _stages(settings: DetectorSettings) -> list[_Stage]:
    """G0 at the frame time of the run, G1 and G2 slower; those with 0 frames are left out."""
    frame_time_s = settings.frame_time_us * 1e-6
    stages = [
        _Stage("dynamic", settings.jungfrau_pedestal_g0_frames, frame_time_s),
        _Stage("forced_g1", settings.jungfrau_pedestal_g1_frames, _FORCED_FRAME_TIME_S),
        _Stage("forced_g2", settings.jungfrau_pedestal_g2_frames, _FORCED_FRAME_TIME_S),
    ]
    return [stage for stage in stages if stage.frame_count > 0]
