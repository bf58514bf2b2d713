"""The runs that are written: form, sizes and messages."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from jfjoch.messages.analysis import ImageAnalysis, SpotList
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import CompressedImage, ImageMessage, PixelStatistics
from jfjoch.messages.start import (
    AnalysisPlan,
    BeamGeometry,
    DetectorDescription,
    FilePlan,
    ImageFormat,
    StartMessage,
)

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_RUN = (1, "benchmark")
_SIZE_BYTES, _BLOCK_BYTES = 8, 4
_DIFFERENT_PAYLOADS = 8
_SPOTS, _MOST_SPOTS, _BINS = 100, 250, 1000


@dataclass(frozen=True, slots=True)
class GivenRun:
    """A run of images of one size on disk."""

    payload_bytes: int
    height: int
    width: int
    images: int
    per_file: int
    analysed: bool = False
    """Whether each image brings 100 spots and a profile of 1000 bins."""

    def start(self) -> StartMessage:
        """Return the start of the run."""
        bins = np.linspace(0.1, 5.0, _BINS, dtype=np.float32)
        return StartMessage(
            *_RUN,
            arm_date=_NOW,
            number_of_images=self.images,
            image_time_s=0.001,
            count_time_s=0.001,
            geometry=BeamGeometry(1034.0, 1082.0, 0.15, 12_400.0, 1.0),
            detector=DetectorDescription("JUNGFRAU", "bench", 75e-6, 320e-6, "Si", 16),
            image=self._format(),
            files=FilePlan("run", self.per_file, write_master_file=True),
            analysis=AnalysisPlan(_MOST_SPOTS, bins) if self.analysed else AnalysisPlan(),
        )

    def end(self) -> EndMessage:
        """Return the end of the run."""
        count = self.images
        return EndMessage(*_RUN, _NOW, count, count, count, count, 1.0, 0, False)

    def messages(self) -> list[ImageMessage]:
        """Return its images; their payloads can't be told from compressed ones without trying."""
        rng = np.random.default_rng(0)
        image_bytes = 2 * self.height * self.width
        head = image_bytes.to_bytes(_SIZE_BYTES, "big") + (8192).to_bytes(_BLOCK_BYTES, "big")
        left = self.payload_bytes - len(head)
        payloads = [head + rng.bytes(left) for _ in range(_DIFFERENT_PAYLOADS)]
        found = _analysis(rng) if self.analysed else ImageAnalysis()
        return [
            self._message(number, payloads[number % len(payloads)], found)
            for number in range(self.images)
        ]

    def _message(self, number: int, payload: bytes, analysis: ImageAnalysis) -> ImageMessage:
        return ImageMessage(
            *_RUN,
            image_id=number,
            original_image_id=number,
            start_time_ns=number * 1_000_000,
            exposure_ns=1_000_000,
            image=CompressedImage(payload, "bslz4", "int16", self.height, self.width),
            statistics=PixelStatistics(0, 0, 0, 100),
            packets_expected=1024,
            packets_received=1024,
            receiver_delay=0,
            free_send_buffers=10,
            analysis=analysis,
        )

    def _format(self) -> ImageFormat:
        return ImageFormat(
            width=self.width,
            height=self.height,
            dtype="int16",
            error_value=-32768,
            saturation_value=32766,
            summation=1,
            conversion_applied=True,
            energy_per_count_eV=12_400.0,
            assembled=True,
            pixel_mask=np.zeros((self.height, self.width), np.uint32),
            mask_applied=False,
        )


def _analysis(rng: np.random.Generator) -> ImageAnalysis:
    x_pxl, y_pxl, intensity = (1000 * rng.random(_SPOTS, np.float32) for _ in range(3))
    counts = rng.integers(0, 1000, _SPOTS)
    spots = SpotList(x_pxl, y_pxl, intensity, counts, rng.random(_SPOTS) < 0.5)
    profile = rng.random(_BINS, np.float32)
    return ImageAnalysis(profile, 1.0, spots=spots, spot_count=_SPOTS, strong_pixel_count=_SPOTS)
