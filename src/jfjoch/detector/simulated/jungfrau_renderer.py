"""Frames with light of the simulated JUNGFRAU."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.simulated.random_stream import random_stream
from jfjoch.detector.simulated.readout import Readout
from jfjoch.detector.simulated.scene import Scene
from jfjoch.detector.simulated.sensor import Sensor
from jfjoch.model.plan import FramePlan


@dataclass(frozen=True, slots=True)
class JungfrauRenderer:
    """Turns photons to charge and reads it out; implements ``FrameRenderer``."""

    scene: Scene
    sensor: Sensor
    readout: Readout
    seed: int
    plan: FramePlan

    def render(self, number: int, frame: NDArray[np.uint16]) -> None:
        """Write the frame with the noise of that image."""
        photons = self.scene.photons(number)
        charge_keV = photons * np.float32(self.scene.photon_energy_keV)  # noqa: N806 (unit)
        truth = self.sensor.truth(self.plan.storage_cell(number), self.plan.use_hg0)
        noise = random_stream(self.seed, "noise of images", number)
        self.readout.light(truth, charge_keV, self.plan.gain_stage, frame, noise)
