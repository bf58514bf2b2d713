"""Where the frames of an acquisition come from."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.simulated.frame_pool import LightFramePool
from jfjoch.detector.simulated.simulated_detector import SimulatedDetector
from jfjoch.geometry.module_shape import RAW_SHAPE
from jfjoch.model.detector import DetectorType
from jfjoch.model.eiger_counter import EigerCounter
from jfjoch.model.plan import FramePlan
from jfjoch.simulator.acquisition import Acquisition


class LightFrames:
    """Frames of a pool, as they lie there."""

    def __init__(self, pool: LightFramePool) -> None:
        self.pool = pool

    def frame(self, number: int) -> NDArray[Any]:
        """Return [modules, 512, 1024]; it stays as it is."""
        return self.pool.frame(number)


class DarkFrames:
    """Frames without light, each with fresh noise."""

    def __init__(self, detector: SimulatedDetector, plan: FramePlan, kept: int) -> None:
        """``kept``: so many frames stay as they are while others are made."""
        self._fill = detector.frames(plan)
        shape = (plan.module_count, *RAW_SHAPE)
        self._memory = [np.empty(shape, plan.readout_dtype) for _ in range(kept + 1)]

    def frame(self, number: int) -> NDArray[Any]:
        """Return [modules, 512, 1024], which stays as it is for the next ``kept`` frames."""
        frame = self._memory[number % len(self._memory)]
        self._fill(number, frame)
        return frame


def frame_supply(
    detector: SimulatedDetector, plan: FramePlan, kept: int
) -> LightFrames | DarkFrames:
    """Return the frames of an acquisition; may take seconds, to render them.

    Raises:
        DetectorError: the plan is made for another kind of detector.
    """
    if plan.dark:
        return DarkFrames(detector, plan, kept)
    return LightFrames(detector.light_frames(plan))


def frame_plan(
    acquisition: Acquisition,
    detector_type: DetectorType,
    photon_energy_keV: float,  # noqa: N803 (unit)
) -> FramePlan:
    """Return what the simulated detector is asked for; an EIGER has no dark frames.

    A threshold that was not set is half the energy.
    """
    eiger = detector_type == "EIGER"
    threshold_keV = acquisition.threshold_keV  # noqa: N806 (unit)
    if threshold_keV is None:
        threshold_keV = photon_energy_keV / 2  # noqa: N806 (unit)
    return FramePlan(
        origin="detector",
        module_count=len(acquisition.destinations),
        frame_count=acquisition.frame_count,
        frames_per_trigger=acquisition.frames_per_trigger,
        wait_for_trigger=acquisition.wait_for_trigger,
        frame_time_s=acquisition.period_s,
        count_time_s=acquisition.exposure_s,
        paced=True,
        gain_stage=acquisition.gain_stage,
        dark=acquisition.dark and not eiger,
        photon_energy_keV=photon_energy_keV,
        use_hg0=acquisition.use_hg0,
        storage_cell_count=acquisition.storage_cell_count,
        first_storage_cell=acquisition.first_storage_cell,
        counter=EigerCounter(acquisition.bits) if eiger else None,
        threshold_energy_keV=threshold_keV if eiger else None,
    )
