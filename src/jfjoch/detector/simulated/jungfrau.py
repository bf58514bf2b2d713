"""The simulated JUNGFRAU as the rest of the system sees it."""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from jfjoch.calibration.gains import GainMaps
from jfjoch.calibration.pedestals import measured_stage
from jfjoch.detector.paced_delivery import Fill
from jfjoch.detector.simulated.beam import BeamGeometry
from jfjoch.detector.simulated.jungfrau_renderer import JungfrauRenderer
from jfjoch.detector.simulated.random_stream import random_stream
from jfjoch.detector.simulated.readout import Readout
from jfjoch.detector.simulated.sensor import Sensor
from jfjoch.detector.simulated.simulated_detector import SimulatedDetector
from jfjoch.geometry.modules import ModuleLayout
from jfjoch.model.plan import FramePlan


class SimulatedJungfrau(SimulatedDetector):
    """A JUNGFRAU in software: charge, noise and gain switching. Dark frames have fresh noise.

    A run with high gain is refused with DetectorError where the gain maps do not have it.
    """

    def __init__(
        self,
        layout: ModuleLayout,
        gain_maps: GainMaps | None = None,
        seed: int = 0,
        beam: BeamGeometry | None = None,
        clock: Callable[[], float] = time.monotonic,
        high_voltage_V: int = 0,  # noqa: N803 (unit)
    ) -> None:
        """Take the layout of the assembled image, and the gains that shall be true."""
        super().__init__(layout, seed, beam, clock, high_voltage_V)
        self.sensor = Sensor(layout.module_count, gain_maps, seed)
        self._readout = Readout(seed)
        self._dark_noise = random_stream(seed, "dark noise")

    def frames(self, plan: FramePlan) -> Fill:
        """Return what writes the frames of a run."""
        return self._dark_frames(plan) if plan.dark else super().frames(plan)

    def _dark_frames(self, plan: FramePlan) -> Fill:
        stage = measured_stage(plan.gain_stage)
        self.sensor.truth(plan.storage_cell(0), plan.use_hg0)  # refused before the run, not in it

        def fill(number: int, frame: NDArray[np.uint16]) -> None:
            truth = self.sensor.truth(plan.storage_cell(number), plan.use_hg0)
            self._readout.dark(truth, stage, frame, self._dark_noise)

        return fill

    def _renderer(self, plan: FramePlan) -> JungfrauRenderer:
        return JungfrauRenderer(self._scene(plan), self.sensor, self._readout, self.seed, plan)
