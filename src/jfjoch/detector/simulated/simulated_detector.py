"""What all simulated detectors have in common."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from jfjoch import __version__
from jfjoch.detector.base import FrameSlots
from jfjoch.detector.paced_delivery import Fill, PacedDelivery
from jfjoch.detector.simulated.beam import BeamGeometry
from jfjoch.detector.simulated.frame_pool import FrameRenderer, LightFramePool
from jfjoch.detector.simulated.scene import Scene, Spots
from jfjoch.errors import DetectorError
from jfjoch.geometry.modules import ModuleLayout
from jfjoch.model.detector_status import DetectorStatus
from jfjoch.model.plan import FramePlan


class SimulatedDetector(ABC):
    """A detector in software; implements ``DetectorControl`` and ``FrameSource``.

    Frames with light come from a pool rendered at ``start``. With a goniometer they show one
    crystal that turns, else ever other crystals. What photons do in a pixel is for the subclass
    to say. The same seed gives the same detector and the same frames.
    """

    waits = True

    def __init__(
        self,
        layout: ModuleLayout,
        seed: int = 0,
        beam: BeamGeometry | None = None,
        clock: Callable[[], float] = time.monotonic,
        high_voltage_V: int = 0,  # noqa: N803 (unit)
    ) -> None:
        """Take the layout of the assembled image."""
        self.beam = beam or BeamGeometry.centred(layout.width, layout.height)
        self.seed = seed
        self._layout = layout
        self._delivery = PacedDelivery(layout.module_count, clock)
        self._pool: LightFramePool | None = None
        self._high_voltage_V = high_voltage_V
        self._on = False

    def switch_on(self) -> None:
        """Make it ready to be armed."""
        self._on = True

    def abandon(self) -> None:  # noqa: B027 (nothing to do, for any of them)
        """Do nothing: ``switch_on`` takes no time."""

    def switch_off(self) -> None:
        """Stop; armed again only after ``switch_on``."""
        self.stop()
        self._on = False

    def status(self) -> DetectorStatus:
        """Tell what it does and whether it is on; it has no temperature (B145)."""
        voltage_V = self._high_voltage_V if self._on else 0  # noqa: N806 (unit)
        return DetectorStatus(
            state=self._delivery.state,
            powerchip="PowerOn" if self._on else "PowerOff",
            server_version=f"simulated, {__version__}",
            number_of_triggers_left=self._delivery.triggers_left,
            fpga_temp_degC=[],
            high_voltage_V=[voltage_V] * self._layout.module_count,
        )

    def start(self, plan: FramePlan) -> None:
        """Get ready for a run; the first one with light takes seconds, to render its frames.

        Raises:
            DetectorError: not switched on, or a plan for another detector.
        """
        if not self._on:
            raise DetectorError("the simulated detector is off; initialize it first")
        self._delivery.start(plan, self.frames(plan))

    def begin(self) -> None:  # noqa: B027 (nothing to do, for any of them)
        """Do nothing: the first ``step`` begins."""

    def step(self, slots: FrameSlots) -> bool:
        """Deliver one frame, or wait a moment for its time; False when there is none left."""
        return self._delivery.step(slots)

    def trigger(self) -> None:
        """Release the frames of one trigger."""
        self._delivery.trigger()

    def stop(self) -> None:
        """End the run."""
        self._delivery.stop()

    def frames(self, plan: FramePlan) -> Fill:
        """Return what writes the frames of a run."""
        return self.light_frames(plan).write

    def light_frames(self, plan: FramePlan) -> LightFramePool:
        """Return the frames of a run with light, rendered: at first this takes seconds."""
        if self._pool is None or not self._pool.serves(plan):
            self._pool = LightFramePool(self._renderer(plan))
        self._pool.prepare(plan.frame_count)
        return self._pool

    def true_photons(self, frame_number: int) -> NDArray[np.uint16]:
        """Return what hit the pixels in a frame of the last run with light.

        Raw geometry [modules, 512, 1024]: photons before noise, gain and threshold.
        """
        pool = self._rendered()
        return pool.scene.photons(pool.image_of(frame_number))

    def true_spots(self, frame_number: int) -> Spots:
        """Return the spots in a frame of the last run with light."""
        pool = self._rendered()
        return pool.scene.spots(pool.image_of(frame_number))

    @abstractmethod
    def _renderer(self, plan: FramePlan) -> FrameRenderer:
        """Return what renders frames with light as this detector reads them."""

    def _scene(self, plan: FramePlan) -> Scene:
        return Scene(self._layout, self.beam, plan.photon_energy_keV, self.seed, plan.rotation)

    def _rendered(self) -> LightFramePool:
        if self._pool is None:
            raise DetectorError("the simulated detector has had no run with light yet")
        return self._pool
