"""Measuring the pedestal: dark frames of every gain stage and storage cell."""

import threading
from collections.abc import Iterator
from datetime import datetime

from jfjoch.calibration.pedestal_estimator import PedestalEstimator
from jfjoch.calibration.pedestals import Pedestals, StagePedestal
from jfjoch.detector.base import FrameSource
from jfjoch.errors import Cancelled
from jfjoch.model.detector import Detector
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.plan import FramePlan
from jfjoch.receiver.frame_buffer import FrameBuffer
from jfjoch.receiver.pedestal_stages import PedestalStage, pedestal_stages
from jfjoch.receiver.planning import count_time_us


class PedestalRun:
    """Measures once; the present pedestals stay as they are until it has succeeded.

    A frame goes into the estimate of its storage cell if no packet of it is missing.
    """

    def __init__(
        self,
        source: FrameSource,
        detector: Detector,
        settings: DetectorSettings,
        cancelled: threading.Event,
        frames: FrameBuffer,
    ) -> None:
        self._source = source
        self._detector = detector
        self._settings = settings
        self._cancelled = cancelled
        self._stages = pedestal_stages(settings)
        self._frames = frames
        self._frames_seen = 0

    def progress(self) -> float:
        """Frames taken / frames to take."""
        return self._frames_seen / sum(stage.frame_count for stage in self._stages)

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
            for estimator in self._collect(stage):
                yield estimator.result(least)

    def _collect(self, stage: PedestalStage) -> list[PedestalEstimator]:
        modules = self._detector.module_count
        estimators = {
            cell: PedestalEstimator(modules, stage.gain, cell) for cell in stage.storage_cells
        }
        plan = self._frame_plan(stage)
        self._frames.reopen(plan.frame_dtype)
        self._source.start(plan)
        try:
            self._source.begin()
            coming, number = True, 0
            while coming:
                coming = self._source.step(self._frames)
                number = self._take_frames(number, estimators)
                if self._cancelled.is_set():
                    raise Cancelled("pedestal cancelled; the old calibration is kept")
        finally:
            self._source.stop()
        return list(estimators.values())

    def _take_frames(self, number: int, estimators: dict[int, PedestalEstimator]) -> int:
        """Take those that are there from ``number`` on; return the next one."""
        while (taken := self._frames.take(number, 0.0)) is not None:
            info, frame = taken
            if frame is not None:
                if info.packets_received == info.packets_expected:
                    estimators[info.storage_cell].add_frame(frame)
                self._frames.release(number)
            number += 1
            self._frames_seen += 1
        return number

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
