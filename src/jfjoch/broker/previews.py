"""Pictures of the last image and of the pedestal."""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from jfjoch.compression.decompression import decompress
from jfjoch.model.preview import PreviewSettings
from jfjoch.model.roi import NO_ROI, RoiDefinitions
from jfjoch.preview.calibration_image import calibration_image
from jfjoch.preview.encoded_images import EncodedImages
from jfjoch.preview.jpeg import picture_jpeg
from jfjoch.preview.picture import MarkedSpot, Picture
from jfjoch.preview.tiff import write_tiff
from jfjoch.receiver.last_image import KeptImage, LastImage


class PedestalSource(Protocol):
    """Where pedestals come from."""

    def image(self, stage: int, storage_cell: int) -> NDArray[np.float32] | None:
        """Return stacked raw modules [512 n, 1024], ADU; None where there is no such pedestal."""


class Previews:
    """Encodes what is asked for, when it is asked for, in a thread of its own. Thread-safe.

    Every method returns at once: the bytes to come, or None where there is nothing to show.
    Raises OperationFailed after ``close``.
    """

    def __init__(
        self,
        last: LastImage,
        pedestals: PedestalSource,
        roi: Callable[[], RoiDefinitions],
        last_indexed: LastImage | None = None,
    ) -> None:
        """``last_indexed``: the last image that was indexed; None while none can be."""
        self._last = last
        self._last_indexed = last_indexed
        self._pedestals = pedestals
        self._roi = roi
        self._encoded = EncodedImages()

    def jpeg(self, settings: PreviewSettings | None = None) -> Future[bytes] | None:
        """Draw the last image; without settings with the contrast that suits it (B176, B177)."""
        indexed = settings is not None and settings.show_indexed
        kept = _shown(self._last_indexed if indexed else self._last)
        if kept is None:
            return None
        roi = self._roi() if settings is not None and settings.show_roi else NO_ROI
        key = ("jpeg", kept.number, settings, roi.model_dump_json())
        return self._encoded.get(key, partial(_jpeg, kept, roi, settings))

    def tiff(self) -> Future[bytes] | None:
        """Give the last image as it is (B178)."""
        kept = self._last.shown()
        if kept is None:
            return None
        return self._encoded.get(("tiff", kept.number), partial(_tiff, kept))

    def calibration_tiff(self) -> Future[bytes] | None:
        """Give the last image for the calibration of the geometry (B179)."""
        kept = self._last.shown()
        if kept is None:
            return None
        return self._encoded.get(("calibration", kept.number), partial(_calibration_tiff, kept))

    def pedestal_tiff(self, stage: int, storage_cell: int) -> Future[bytes] | None:
        """Give the pedestal in use of one gain stage and storage cell (B180)."""
        image = self._pedestals.image(stage, storage_cell)
        if image is None:
            return None
        return self._encoded.make(partial(write_tiff, image))

    def close(self) -> None:
        """Refuse what is not encoded yet; idempotent."""
        self._encoded.close()


def _shown(images: LastImage | None) -> KeptImage | None:
    return None if images is None else images.shown()


def _jpeg(kept: KeptImage, roi: RoiDefinitions, settings: PreviewSettings | None) -> bytes:
    return picture_jpeg(Picture(kept.start, _pixels(kept), _spots(kept), roi), settings)


def _spots(kept: KeptImage) -> list[MarkedSpot]:
    found = kept.image.analysis.spots
    if found is None:
        return []
    columns = (found.x_pxl.tolist(), found.y_pxl.tolist(), found.indexed.tolist())
    return [MarkedSpot(x, y, indexed) for x, y, indexed in zip(*columns, strict=True)]


def _tiff(kept: KeptImage) -> bytes:
    return write_tiff(_pixels(kept))


def _calibration_tiff(kept: KeptImage) -> bytes:
    return write_tiff(calibration_image(_pixels(kept), kept.start.image))


def _pixels(kept: KeptImage) -> NDArray[np.integer]:
    return decompress(kept.image.image).view(kept.image.image.dtype)
