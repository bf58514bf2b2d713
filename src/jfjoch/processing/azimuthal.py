"""Azimuthal integration of images."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels.azimuthal import add_pixels, new_bin_sums
from jfjoch.kernels.azimuthal_batch import BATCH_IMAGES, add_pixels_of_batch, new_batch_sums, settle
from jfjoch.kernels.counts import Image, SpecialValues
from jfjoch.model.plan import PixelPlan
from jfjoch.processing.azimuthal_bins import AzimuthalBins


@dataclass(frozen=True, slots=True, eq=False)
class AzimuthalSums:
    """What was added up over valid pixels; sums of several images may be added to each other."""

    intensity: NDArray[np.int64]
    """[bins] sum of the counts."""
    corrections: NDArray[np.float64]
    """[bins] sum of the corrections; 0 for an empty bin."""
    pixels: NDArray[np.int64]
    """[bins]"""

    def profile(self) -> NDArray[np.float32]:
        """Return [bins] intensity / corrections; NaN for an empty bin."""
        return corrected(self.intensity, self.corrections)


def corrected(
    intensity: NDArray[np.int64] | NDArray[np.float64], corrections: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return [bins] ``intensity / corrections``; NaN where there is nothing to divide by."""
    profile = np.full(intensity.shape, np.nan)
    np.divide(intensity, corrections, out=profile, where=corrections > 0)
    with np.errstate(over="ignore"):
        return profile.astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class AzimuthalResult:
    """One image."""

    sums: AzimuthalSums
    profile: NDArray[np.float32]
    """[bins] NaN for an empty bin."""
    bkg_estimate: float | None
    """None without a valid pixel there."""


class AzimuthalIntegration:
    """One worker's integration: it owns its memory and is used for one image after another.

    Not thread-safe; ``bins`` are only read and may be shared.
    """

    def __init__(self, bins: AzimuthalBins, plan: PixelPlan) -> None:
        """Reserve all memory."""
        self._bins = bins
        self._dtype = np.dtype(plan.dtype)
        self._special = SpecialValues(plan.error_value, plan.saturated_value)
        self._sums = new_bin_sums(bins.bin_count)

    def apply(self, image: Image) -> AzimuthalResult:
        """Integrate a flat image of the plan's type.

        Raises ValueError for another size or type.
        """
        check_image(image, self._bins.shape, self._dtype)
        sums = self._sums
        add_pixels(image, 0, 0, image.size, self._bins.table, self._special, sums)
        intensity = sums.intensity.reshape(-1, self._bins.bin_count + 1).sum(axis=0)[:-1]
        result = _result(self._bins, intensity, sums.lost_pixels[:-1], sums.lost_corrections[:-1])
        for array in sums:
            array[:] = 0
        return result


class BatchIntegration:
    """The same for 16 images at a time, which takes less time for each."""

    def __init__(self, bins: AzimuthalBins, plan: PixelPlan) -> None:
        """Reserve all memory."""
        self._bins = bins
        self._dtype = np.dtype(plan.dtype)
        self._special = SpecialValues(plan.error_value, plan.saturated_value)
        self._sums = new_batch_sums(bins.bin_count)

    def apply(self, images: Image) -> Sequence[AzimuthalResult]:
        """Integrate images, [16, pixels].

        Raises ValueError for another number, size or type.
        """
        if len(images) != BATCH_IMAGES:
            raise ValueError(f"expected {BATCH_IMAGES} images, got {len(images)}")
        check_image(images[0], self._bins.shape, self._dtype)
        size, sums = images.shape[1], self._sums
        flat = images.reshape(-1)
        add_pixels_of_batch(flat, size, 0, 0, size, self._bins.table, self._special, sums)
        settle(sums)
        by_image = [
            array.reshape(-1, BATCH_IMAGES)[:-1].T
            for array in (sums.intensity, sums.lost_pixels, sums.lost_corrections)
        ]
        results = [_result(self._bins, *one) for one in zip(*by_image, strict=True)]
        for array in sums:
            array[:] = 0
        return results


def check_image(image: Image, shape: tuple[int, int], dtype: np.dtype[np.generic]) -> None:
    """Raise ValueError unless the image is flat, contiguous, and of that type."""
    if image.shape != (shape[0] * shape[1],):
        raise ValueError(f"expected a flat image {shape}, got {image.shape}")
    if image.dtype != dtype or not image.flags.c_contiguous:
        raise ValueError(f"expected contiguous {dtype}, got {image.dtype}")


def _result(
    bins: AzimuthalBins,
    intensity: NDArray[np.int64],
    lost_pixels: NDArray[np.int64],
    lost_corrections: NDArray[np.float64],
) -> AzimuthalResult:
    pixels = bins.pixel_count - lost_pixels
    # What rounding leaves where all pixels are lost is not a correction.
    corrections = np.where(pixels > 0, bins.correction_sum - lost_corrections, 0)
    sums = AzimuthalSums(intensity.copy(), corrections, pixels)
    profile = sums.profile()
    return AzimuthalResult(sums, profile, _background(bins, pixels, profile))


def _background(
    bins: AzimuthalBins, pixels: NDArray[np.int64], profile: NDArray[np.float32]
) -> float | None:
    """Return the mean of the bins in question, each as often as it has pixels."""
    wanted = bins.background & np.isfinite(profile)
    weight = int(pixels[wanted].sum())
    return (
        float(np.dot(profile[wanted].astype(np.float64), pixels[wanted]) / weight)
        if weight
        else None
    )
