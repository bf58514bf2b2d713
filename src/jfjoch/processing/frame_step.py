"""What a pipeline does with each frame of an image."""

from typing import Any, Protocol

from numpy.typing import NDArray


class FrameStep(Protocol):
    """Takes the raw frames of an image one by one. Not thread-safe: every worker has its own."""

    def begin(self) -> None:
        """Forget the frames of the image before."""

    def add(self, frame: NDArray[Any], storage_cell: int) -> None:
        """Take one frame, flat, in the order [modules, 512, 1024], of ``PixelPlan.frame_dtype``."""

    def place(self) -> None:
        """Have all frames in the image."""
