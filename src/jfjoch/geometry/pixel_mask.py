"""The pixel mask (``pixel_mask`` of NXdetector in NXmx): which pixels to leave out, and why."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from jfjoch.geometry.module_shape import RAW_SHAPE
from jfjoch.geometry.modules import ModuleLayout
from jfjoch.kernels.counts import CHIP_PIXELS
from jfjoch.model.image_format import ImageFormatSettings
from jfjoch.model.pixel_mask_statistics import PixelMaskStatistics

GAP = 1 << 0
BAD_PEDESTAL = 1 << 1
HIGH_PEDESTAL_RMS = 1 << 2
USER = 1 << 8
MODULE_EDGE = 1 << 30
CHIP_EDGE = 1 << 31
ALL_STAGES = (0, 1, 2)


class DarkMaps(Protocol):
    """What of the pedestals matters to the mask (``calibration.pedestals.Pedestals``)."""

    @property
    def origin(self) -> str:
        """``"none"``: nothing is known, so no pixel is bad."""

    @property
    def bad(self) -> NDArray[np.bool_]:
        """[3 stages, storage cells, modules, 512, 1024]."""

    @property
    def rms_adu(self) -> NDArray[np.float32]:
        """The same shape."""


def raw_pixel_mask(
    user_mask: NDArray[np.bool_],
    pedestals: DarkMaps,
    image_format: ImageFormatSettings,
    stages: Sequence[int] = ALL_STAGES,
) -> NDArray[np.uint32]:
    """Return the mask of the pixels of the modules, [modules, 512, 1024], 0 = good.

    ``user_mask``, of the same shape: pixels a user does not want. ``stages``: the gain stages in
    use; pedestals of others do not matter. A pixel is bad if it is in any storage cell.
    """
    mask = np.broadcast_to(_edges(image_format), user_mask.shape).copy()
    mask[user_mask] |= np.uint32(USER)
    if pedestals.origin != "none":
        mask[_bad(pedestals, image_format, stages)] |= np.uint32(BAD_PEDESTAL)
        mask[_noisy(pedestals, image_format, stages)] |= np.uint32(HIGH_PEDESTAL_RMS)
    return mask


def image_pixel_mask(layout: ModuleLayout, raw_mask: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Bring the mask of the modules to the image [height, width]; gaps get their bit."""
    return layout.to_image(raw_mask, GAP)


def mask_statistics(raw_mask: NDArray[np.uint32]) -> PixelMaskStatistics:
    """Count pixels of the detector by why they are masked (B175); one may count more than once.

    A multipixel is one pixel, so that the counts do not depend on the form of the image.
    """
    return PixelMaskStatistics(
        user_mask=_count(raw_mask, USER),
        too_high_pedestal_rms=_count(raw_mask, HIGH_PEDESTAL_RMS),
        wrong_gain=_count(raw_mask, BAD_PEDESTAL),
    )


def _count(raw_mask: NDArray[np.uint32], bit: int) -> int:
    return int(np.count_nonzero(raw_mask & np.uint32(bit)))


def _bad(
    pedestals: DarkMaps, image_format: ImageFormatSettings, stages: Sequence[int]
) -> NDArray[np.bool_]:
    """Find pixels without a usable pedestal; those without G0 may be wanted all the same (B110)."""
    asked = [s for s in stages if s > 0 or image_format.jungfrau_mask_pixels_without_g0]
    return np.asarray(pedestals.bad[asked].any(axis=(0, 1)))


def _noisy(
    pedestals: DarkMaps, image_format: ImageFormatSettings, stages: Sequence[int]
) -> NDArray[np.bool_]:
    """Find pixels whose G0 noise is above the limit (B112)."""
    rms = pedestals.rms_adu[0]
    if 0 not in stages:
        return np.zeros(rms.shape[1:], np.bool_)
    return np.asarray((rms > image_format.jungfrau_pedestal_g0_rms_limit).any(axis=0))


def _edges(image_format: ImageFormatSettings) -> NDArray[np.uint32]:
    """Return the bits every module has in the same places, [512, 1024]."""
    mask = np.zeros(RAW_SHAPE, np.uint32)
    if image_format.mask_module_edges:
        mask[[0, -1], :] |= np.uint32(MODULE_EDGE)
        mask[:, [0, -1]] |= np.uint32(MODULE_EDGE)
    if image_format.mask_chip_edges:
        rows, columns = (_chip_edges(size) for size in RAW_SHAPE)
        mask[rows, :] |= np.uint32(CHIP_EDGE)
        mask[:, columns] |= np.uint32(CHIP_EDGE)
    return mask


def _chip_edges(size: int) -> NDArray[np.int64]:
    """Return the rows (or columns) of multipixels."""
    first_of_chip = np.arange(CHIP_PIXELS, size, CHIP_PIXELS)
    return np.concatenate([first_of_chip - 1, first_of_chip])
