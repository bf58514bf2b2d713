"""Regions of interest of images."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels.counts import Image, SpecialValues
from jfjoch.kernels.roi import add_regions, clear, new_region_sums
from jfjoch.messages.analysis import RoiResult
from jfjoch.model.plan import PixelPlan
from jfjoch.processing.regions import RegionMap


class RegionsOfInterest:
    """One worker's regions: it owns its memory and is used for one image after another.

    Not thread-safe; ``regions`` are only read and may be shared.
    """

    def __init__(self, regions: RegionMap, plan: PixelPlan) -> None:
        """Reserve all memory."""
        self._regions = regions
        self._dtype = np.dtype(plan.dtype)
        self._special = SpecialValues(plan.error_value, plan.saturated_value)
        self._sums = new_region_sums(len(regions.names))

    def apply(self, image: Image, multipixels: NDArray[np.int32]) -> tuple[RoiResult, ...]:
        """Look at a flat image of the plan's type, as it is before the mask is applied.

        ``multipixels``: the counts of ``RegionMap.multipixels``. The image does not hold them:
        there they are divided, and what is left over is cut off.
        Raises ValueError for another size or type.
        """
        self._check(image, multipixels)
        height, width = self._regions.shape
        bits = image.view(f"i{image.itemsize}")
        clear(self._sums)
        kernel = self._regions.kernel
        add_regions(bits, width, 0, height, kernel, multipixels, self._special, self._sums)
        return tuple(self._result(k, name) for k, name in enumerate(self._regions.names))

    def _check(self, image: Image, multipixels: NDArray[np.int32]) -> None:
        height, width = self._regions.shape
        if image.shape != (height * width,):
            raise ValueError(f"expected a flat image {self._regions.shape}, got {image.shape}")
        if image.dtype != self._dtype or not image.flags.c_contiguous:
            raise ValueError(f"expected contiguous {self._dtype}, got {image.dtype}")
        wanted = self._regions.multipixels.shape
        if multipixels.shape != wanted or multipixels.dtype != np.int32:
            raise ValueError(
                f"expected int32 counts {wanted} of multipixels,"
                f" got {multipixels.dtype} {multipixels.shape}"
            )

    def _result(self, region: int, name: str) -> RoiResult:
        sums = self._sums
        pixels = int(sums.valid_pixels[region])
        return RoiResult(
            name=name,
            sum=int(sums.total[region]),
            sum_square=(int(sums.square_high[region]) << 32) + int(sums.square_low[region]),
            max_count=int(sums.highest[region]) if pixels > 0 else None,
            valid_pixels=pixels,
        )
