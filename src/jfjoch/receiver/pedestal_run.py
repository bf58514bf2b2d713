"""Measuring the pedestal: dark frames of every gain stage and storage cell."""

import threading
from collections.abc import Iterator
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from jfjoch.calibration.pedestal_estimator import PedestalEstimator
from jfjoch.calibration.pedestals import Pedestals, StagePedestal
from jfjoch.detector.base import FrameInfo, FrameSource
from jfjoch.errors import Cancelled
from jfjoch.kernels.counts import MODULE_SHAPE
from jfjoch.model.detector import Detector
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.plan import FramePlan
from jfjoch.receiver.pedestal_stages import PedestalStage, pedestal_stages
from jfjoch.receiver.planning import count_time_us


class _EstimatorSlot:
    """One frame of memory; a complete frame goes into the estimate of its cell at once.

    Implements ``FrameSlots`` for a source that fills one frame after the other.
    """

    def __init__(self, module_count: int) -> None:
        self._frame = np.empty((module_count, *MODULE_SHAPE), np.uint16)
        self.estimators: dict[int, PedestalEstimator] = {}
        """By storage cell."""
        self.frames_seen = 0

    def claim(self, frame_number: int, timeout_s: float) -> NDArray[np.uint16]:
        """Return the one frame."""
        return self._frame

    def publish(self, info: FrameInfo) -> None:
        """Take the frame if no packet of it is missing."""
        if info.packets_received == info.packets_expected:
            self.estimators[info.storage_cell].add_frame(self._frame)
        self.frames_seen += 1

    def lose(self, info: FrameInfo) -> None:
        """Count the frame; the estimate does without it."""
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
        self._detector = detector
        self._settings = settings
        self._cancelled = cancelled
        self._stages = pedestal_stages(settings)
        self._slot = _EstimatorSlot(detector.module_count)

    def progress(self) -> float:
        """Frames taken / frames to take."""
        return self._slot.frames_seen / sum(stage.frame_count for stage in self._stages)

    def measure(self, present: Pedestals, now: datetime) -> Pedestals:
        """Return new pedestals.

        A stage that is skipped keeps what ``present`` has for these settings, or is unknown.
        Raises PedestalRefused when too few frames are complete, Cancelled when asked to end.
        """
        settings = self._settings
        if present.origin == "none" or present.mismatch(settings) is not None:
            cells = settings.jungfrau_storage_cell_count
            present = Pedestals.unmeasured(self._detector.module_count, cells)
        return present.with_measured(self._measured_stages(), now, settings)

    def _measured_stages(self) -> Iterator[StagePedestal]:
        """One at a time: with 16 storage cells all of them would be gigabytes."""
        least = self._settings.jungfrau_pedestal_min_image_count
        for stage in self._stages:
            self._collect(stage)
            for estimator in self._slot.estimators.values():
                yield estimator.result(least)

    def _collect(self, stage: PedestalStage) -> None:
        modules = self._detector.module_count
        self._slot.estimators = {
            cell: PedestalEstimator(modules, stage.gain, cell) for cell in stage.storage_cells
        }
        self._source.start(self._frame_plan(stage))
        try:
            while self._source.step(self._slot):
                if self._cancelled.is_set():
                    raise Cancelled("pedestal cancelled; the old calibration is kept")
        finally:
            self._source.stop()

    def _frame_plan(self, stage: PedestalStage) -> FramePlan:
        return FramePlan(
            origin="detector",
            module_count=self._detector.module_count,
            frame_count=stage.frame_count,
            frames_per_trigger=stage.frame_count,
            wait_for_trigger=False,
            frame_time_s=stage.frame_time_s,
            count_time_s=count_time_us(self._detector, self._settings) * 1e-6,
            paced=False,
            gain_stage=stage.gain,
            dark=True,
            use_hg0=self._settings.jungfrau_use_gain_hg0,
            storage_cell_count=len(stage.storage_cells),
            first_storage_cell=stage.storage_cells.start,
        )
