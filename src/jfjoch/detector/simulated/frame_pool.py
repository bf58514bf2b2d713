"""Frames with light, most of them rendered before the run."""

from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.simulated.scene import Scene
from jfjoch.model.plan import FramePlan

_MOST_FRAMES = 16
_MOST_BYTES = 128 * 2**20


class FrameRenderer(Protocol):
    """Renders frames of one scene and one setting of a detector."""

    @property
    def scene(self) -> Scene:
        """Where the photons come from."""

    @property
    def plan(self) -> FramePlan:
        """Of which the settings matter that a single frame depends on."""

    def render(self, number: int, frame: NDArray[Any]) -> None:
        """Write image ``number`` of the scene, [modules, 512, 1024]."""


class LightFramePool:
    """The frames of one scene and detector setting.

    At most 16 frames and 128 MiB (but at least one of every storage cell) are kept. Runs of
    stills cycle through them, noise included. A crystal that turns does not come back: of a
    longer scan the frames beyond are rendered when they are asked for, which takes longer than
    frames usually have.
    """

    def __init__(self, renderer: FrameRenderer) -> None:
        self.scene = renderer.scene
        self._renderer = renderer
        self._cells = renderer.plan.storage_cell_count
        self._frames: list[NDArray[Any]] = []

    def serves(self, plan: FramePlan) -> bool:
        """Tell whether the frames of that plan are those of this pool."""
        return _what_a_frame_depends_on(plan) == _what_a_frame_depends_on(self._renderer.plan)

    def prepare(self, frame_count: int) -> None:
        """Render what a run of so many frames needs and is not there yet.

        Of several storage cells the same number of frames each, so that a frame of a cell
        always shows that cell.
        """
        whole_cycles = -(-frame_count // self._cells) * self._cells
        wanted = min(whole_cycles, most_frames_kept(self._new_frame().nbytes, self._cells))
        for number in range(len(self._frames), wanted):
            frame = self._new_frame()
            self._renderer.render(number, frame)
            self._frames.append(frame)

    def image_of(self, frame_number: int) -> int:
        """Tell which image of the scene a frame of a prepared run shows."""
        return frame_number if self.scene.rotation is not None else frame_number % len(self._frames)

    def write(self, frame_number: int, frame: NDArray[Any]) -> None:
        """Write a frame of a prepared run, [modules, 512, 1024]."""
        image = self.image_of(frame_number)
        if image < len(self._frames):
            frame[:] = self._frames[image]
        else:
            self._renderer.render(image, frame)

    def frame(self, frame_number: int) -> NDArray[Any]:
        """Return a frame of a prepared run, [modules, 512, 1024]; nobody may write to it."""
        image = self.image_of(frame_number)
        if image < len(self._frames):
            return self._frames[image]
        rendered = self._new_frame()
        self._renderer.render(image, rendered)
        return rendered

    @property
    def kept_count(self) -> int:
        """Images that were rendered and are kept."""
        return len(self._frames)

    def _new_frame(self) -> NDArray[Any]:
        return np.empty(self.scene.frame_shape, self._renderer.plan.readout_dtype)


def most_frames_kept(frame_bytes: int, storage_cell_count: int) -> int:
    """Return how many frames a pool may hold, the same number of every storage cell."""
    most = min(_MOST_FRAMES, _MOST_BYTES // frame_bytes)
    return max(most // storage_cell_count, 1) * storage_cell_count


def _what_a_frame_depends_on(plan: FramePlan) -> FramePlan:
    """Return the plan without that which is different from run to run."""
    return replace(
        plan,
        frame_count=0,
        frames_per_trigger=0,
        wait_for_trigger=False,
        frame_time_s=0.0,
        count_time_s=0.0,
        pulsed=False,
    )
