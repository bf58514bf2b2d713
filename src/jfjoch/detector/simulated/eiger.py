"""The simulated EIGER as the rest of the system sees it."""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.base import FrameSlots
from jfjoch.detector.paced_delivery import PacedDelivery
from jfjoch.detector.simulated.beam import BeamGeometry
from jfjoch.detector.simulated.eiger_renderer import EigerRenderer
from jfjoch.detector.simulated.frame_pool import LightFramePool
from jfjoch.detector.simulated.scene import Scene, Spots
from jfjoch.errors import DetectorError
from jfjoch.geometry.modules import ModuleLayout
from jfjoch.model.plan import FramePlan


class SimulatedEiger:
    """An EIGER in software; implements ``DetectorControl`` and ``FrameSource``.

    Every photon is counted whose energy reaches the threshold, until the counter is full. There
    is no noise but that of the photons. The same seed gives the same frames.
    """

    def __init__(
        self,
        layout: ModuleLayout,
        seed: int = 0,
        beam: BeamGeometry | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the layout of the assembled image."""
        self.beam = beam or BeamGeometry.centred(layout.width, layout.height)
        self._layout = layout
        self._seed = seed
        self._delivery = PacedDelivery(layout.module_count, clock)
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
        """Get ready for a run; the first one takes seconds, to render its frames.

        Raises:
            DetectorError: not switched on, or a plan for another detector.
        """
        if not self._on:
            raise DetectorError("the simulated detector is off; initialize it first")
        if self._pool is None or not self._pool.serves(plan):
            self._pool = LightFramePool(self._renderer(plan))
        self._pool.prepare(plan.frame_count)
        self._delivery.start(plan, self._pool.write)

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
        """Return what hit the pixels in a frame of the last run, [modules, 512, 1024]."""
        pool = self._rendered()
        return pool.scene.photons(pool.image_of(frame_number))

    def true_spots(self, frame_number: int) -> Spots:
        """Return the spots in a frame of the last run."""
        pool = self._rendered()
        return pool.scene.spots(pool.image_of(frame_number))

    def _renderer(self, plan: FramePlan) -> EigerRenderer:
        energy_keV, threshold_keV = plan.photon_energy_keV, plan.threshold_energy_keV  # noqa: N806 (unit)
        if plan.counter is None or threshold_keV is None:
            raise DetectorError("the run is planned for a JUNGFRAU; select the detector again")
        scene = Scene(self._layout, self.beam, energy_keV, self._seed, plan.rotation)
        return EigerRenderer(
            scene, plan, plan.counter.limit, sees_light=energy_keV >= threshold_keV
        )

    def _rendered(self) -> LightFramePool:
        if self._pool is None:
            raise DetectorError("the simulated detector has had no run yet")
        return self._pool
