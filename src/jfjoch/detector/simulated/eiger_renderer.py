"""Frames of the simulated EIGER."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.simulated.scene import Scene
from jfjoch.model.plan import FramePlan


@dataclass(frozen=True, slots=True)
class EigerRenderer:
    """Counts photons; implements ``FrameRenderer``."""

    scene: Scene
    plan: FramePlan
    limit: int | None
    """Where the counters end."""
    sees_light: bool
    """Whether the photons reach the threshold."""

    def render(self, number: int, frame: NDArray[Any]) -> None:
        """Write what the counters read after the frame."""
        if not self.sees_light:
            frame.fill(0)
            return
        photons = self.scene.photons(number)
        if self.limit is None:
            frame[:] = photons
        else:
            np.minimum(photons, self.limit, out=frame, casting="same_kind")
