"""The simulated detector as the rest of the system sees it."""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from jfjoch.calibration.gains import GainMaps
from jfjoch.calibration.pedestals import measured_stage
from jfjoch.detector.base import FrameSlots
from jfjoch.detector.paced_delivery import Fill, PacedDelivery
from jfjoch.detector.simulated.beam import BeamGeometry
from jfjoch.detector.simulated.frame_pool import LightFramePool
from jfjoch.detector.simulated.jungfrau_renderer import JungfrauRenderer
from jfjoch.detector.simulated.random_stream import random_stream
from jfjoch.detector.simulated.readout import Readout
from jfjoch.detector.simulated.scene import Scene, Spots
from jfjoch.detector.simulated.sensor import Sensor
from jfjoch.errors import DetectorError
from jfjoch.geometry.modules import ModuleLayout
from jfjoch.model.plan import FramePlan


class SimulatedJungfrau:
    """A JUNGFRAU in software; implements ``DetectorControl`` and ``FrameSource``.

    Dark frames have fresh noise; frames with light come from a pool rendered at ``start``. With
    a goniometer they show one crystal that turns, else ever other crystals.
    The same seed gives the same detector and the same frames.
    """

    def __init__(
        self,
        layout: ModuleLayout,
        gain_maps: GainMaps | None = None,
        seed: int = 0,
        beam: BeamGeometry | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the layout of the assembled image, and the gains that shall be true."""
        module_count = layout.module_count
        self.beam = beam or BeamGeometry.centred(layout.width, layout.height)
        self.sensor = Sensor(module_count, gain_maps, seed)
        self._layout = layout
        self._seed = seed
        self._readout = Readout(seed)
        self._dark_noise = random_stream(seed, "dark noise")
        self._delivery = PacedDelivery(module_count, clock)
        self._pool: LightFramePool | None = None
        self._on = False

    def switch_on(self) -> None:
        """Make it ready to be armed."""
        self._on = True

    def switch_off(self) -> None:
        """Stop; armed again only after ``switch_on``."""
        self.stop()
        self._on = False

    def start(self, plan: FramePlan) -> None:
        """Get ready for a run; the first one with light takes seconds, to render its frames.

        Raises:
            DetectorError: not switched on, a plan for another number of modules, or for high
                gain where the gain maps do not have it.
        """
        if not self._on:
            raise DetectorError("the simulated detector is off; initialize it first")
        fill = self._dark_frames(plan) if plan.dark else self._light_frames(plan)
        self._delivery.start(plan, fill)

    def step(self, slots: FrameSlots) -> bool:
        """Deliver one frame, or wait a moment for its time; False when there is none left."""
        return self._delivery.step(slots)

    def trigger(self) -> None:
        """Release the frames of one trigger."""
        self._delivery.trigger()

    def stop(self) -> None:
        """End the run."""
        self._delivery.stop()

    def true_photons(self, frame_number: int) -> NDArray[np.uint16]:
        """Return what hit the pixels in a frame of the last run with light.

        Raw geometry [modules, 512, 1024]: photons counted before noise and gain, what conversion
        has to find.
        """
        pool = self._rendered()
        return pool.scene.photons(pool.image_of(frame_number))

    def true_spots(self, frame_number: int) -> Spots:
        """Return the spots in a frame of the last run with light."""
        pool = self._rendered()
        return pool.scene.spots(pool.image_of(frame_number))

    def _dark_frames(self, plan: FramePlan) -> Fill:
        stage = measured_stage(plan.gain_stage)
        self.sensor.truth(plan.storage_cell(0), plan.use_hg0)  # refused before the run, not in it

        def fill(number: int, frame: NDArray[np.uint16]) -> None:
            truth = self.sensor.truth(plan.storage_cell(number), plan.use_hg0)
            self._readout.dark(truth, stage, frame, self._dark_noise)

        return fill

    def _light_frames(self, plan: FramePlan) -> Fill:
        if self._pool is None or not self._pool.serves(plan):
            scene = Scene(
                self._layout, self.beam, plan.photon_energy_keV, self._seed, plan.rotation
            )
            renderer = JungfrauRenderer(scene, self.sensor, self._readout, self._seed, plan)
            self._pool = LightFramePool(renderer)
        self._pool.prepare(plan.frame_count)
        return self._pool.write

    def _rendered(self) -> LightFramePool:
        if self._pool is None:
            raise DetectorError("the simulated detector has had no run with light yet")
        return self._pool
