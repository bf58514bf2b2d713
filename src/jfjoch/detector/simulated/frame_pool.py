"""Frames with light, rendered before the run."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.simulated.random_stream import random_stream
from jfjoch.detector.simulated.readout import Readout
from jfjoch.detector.simulated.scene import Scene
from jfjoch.model.plan import GainStage

_MOST_FRAMES = 16
_MOST_BYTES = 128 * 2**20


class LightFramePool:
    """The frames of one scene and gain setting that a run cycles through.

    At most 16 frames and 128 MiB (but at least one); noise repeats with them.
    """

    def __init__(self, scene: Scene, readout: Readout, gain_stage: GainStage, seed: int) -> None:
        self.scene = scene
        self.gain_stage = gain_stage
        self._readout = readout
        self._seed = seed
        self._frames: list[NDArray[np.uint16]] = []

    def prepare(self, frame_count: int) -> None:
        """Render what a run of so many frames needs and is not there yet."""
        while len(self._frames) < frame_count and not self._is_full():
            self._frames.append(self._render(len(self._frames)))

    def still_of(self, frame_number: int) -> int:
        """Tell which still of the scene a frame of a prepared run shows."""
        return frame_number % len(self._frames)

    def copy_to(self, frame_number: int, frame: NDArray[np.uint16]) -> None:
        """Write a frame of a prepared run, [modules, 512, 1024]."""
        frame[:] = self._frames[self.still_of(frame_number)]

    def _is_full(self) -> bool:
        frames = self._frames
        if len(frames) >= _MOST_FRAMES:
            return True
        return bool(frames) and (len(frames) + 1) * frames[0].nbytes > _MOST_BYTES

    def _render(self, still: int) -> NDArray[np.uint16]:
        photons = self.scene.photons(still)
        frame = np.empty(photons.shape, np.uint16)
        charge_keV = photons * np.float32(self.scene.photon_energy_keV)  # noqa: N806 (unit)
        noise = random_stream(self._seed, "noise of stills", still)
        self._readout.light(charge_keV, self.gain_stage, frame, noise)
        return frame
