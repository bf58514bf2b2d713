"""One image, compressed."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jfjoch.messages.analysis import NO_ANALYSIS, ImageAnalysis


@dataclass(frozen=True, slots=True)
class CompressedImage:
    """Pixels as they travel and are stored: an HDF5 bitshuffle chunk, or plain bytes for "none"."""

    payload: bytes | memoryview
    algorithm: str
    """"bslz4", "bszstd" (also for bszstd_rle) or "none"."""
    dtype: str
    height: int
    width: int

    @property
    def payload_bytes(self) -> int:
        """Size of the payload."""
        return memoryview(self.payload).nbytes

    @property
    def image_bytes(self) -> int:
        """Size of the image before compression."""
        return self.height * self.width * np.dtype(self.dtype).itemsize


NO_PIXELS = CompressedImage(b"", "none", "uint8", 0, 0)
"""Stands in an image of which only the numbers are known."""


@dataclass(frozen=True, slots=True)
class PixelStatistics:
    """Counted over the finished image."""

    error_pixels: int
    saturated_pixels: int
    min_viable_value: int | None
    """Lowest and highest value that is neither error nor saturated; None when there is none."""
    max_viable_value: int | None


@dataclass(frozen=True, slots=True)
class ImageMessage:
    """One image of a run."""

    run_number: int
    run_name: str
    image_id: int
    original_image_id: int
    start_time_ns: int
    """From the start of the run to the start of the image."""
    exposure_ns: int
    image: CompressedImage
    statistics: PixelStatistics
    packets_expected: int
    packets_received: int
    receiver_delay: int
    free_send_buffers: int
    storage_cell: int = 0
    pulse_id: int | None = None
    event_code: int | None = None
    appendix: Any = None
    analysis: ImageAnalysis = NO_ANALYSIS

    @property
    def efficiency(self) -> float:
        """Fraction of the packets that came; 1 where none were expected."""
        return self.packets_received / self.packets_expected if self.packets_expected else 1.0

    def without_pixels(self) -> "ImageMessage":
        """Return the same with ``NO_PIXELS``, so that nothing holds the memory of the pixels."""
        return replace(self, image=NO_PIXELS)
