"""From pixels to palette indices: how dark a count is, and what is no count."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.geometry import pixel_mask
from jfjoch.messages.start import ImageFormat
from jfjoch.preview import palette

DARKEST_AUTOMATIC = 65535
LIGHTEST_AUTOMATIC = 10
"""Automatic contrast goes no further, so that an image of next to nothing stays light."""
_BRIGHT_PERCENT = 99.9
_SAMPLE_STEP = 17
"""One pixel of so many is looked at; a prime, so that no column is preferred."""
_DETECTOR_BITS = np.uint32(0xFFFFFFFF ^ pixel_mask.GAP ^ pixel_mask.USER)


def shade(
    pixels: NDArray[np.integer], form: ImageFormat, saturation: int, show_user_mask: bool
) -> NDArray[np.uint8]:
    """Return palette indices [height, width] of an image of the same shape, any integer type.

    0 and less is white, ``saturation`` and more is black, linear between; saturation 0 is the
    same as 1. Later ones in this list hide earlier ones: counts, saturated, error, masked by the
    detector, user mask (if shown), gap.
    """
    shades = _counts(pixels, max(saturation, 1))
    shades[pixels >= form.saturation_value] = palette.SATURATED
    shades[pixels == form.error_value] = palette.ERROR
    _paint_mask(shades, form.pixel_mask, show_user_mask)
    return shades


def automatic_saturation(pixels: NDArray[np.integer], form: ImageFormat) -> int:
    """Return a count that 99.9 % of the good pixels, by a sample, do not exceed; at least 10."""
    sample = pixels.reshape(-1)[::_SAMPLE_STEP]
    good = form.pixel_mask.reshape(-1)[::_SAMPLE_STEP] == 0
    good &= (sample != form.error_value) & (sample < form.saturation_value)
    if not good.any():
        return LIGHTEST_AUTOMATIC
    bright = int(np.percentile(sample[good], _BRIGHT_PERCENT, method="higher"))
    return min(max(bright, LIGHTEST_AUTOMATIC), DARKEST_AUTOMATIC)


def _counts(pixels: NDArray[np.integer], saturation: int) -> NDArray[np.uint8]:
    highest = min(saturation, int(np.iinfo(pixels.dtype).max))
    counts = np.arange(highest + 1)
    greys = np.rint((saturation - counts) * (palette.WHITE / saturation)).astype(np.uint8)
    shades: NDArray[np.uint8] = greys[np.clip(pixels, 0, highest)]
    return shades


def _paint_mask(shades: NDArray[np.uint8], mask: NDArray[np.uint32], show_user_mask: bool) -> None:
    """Few pixels are masked: only they are looked at."""
    places = np.flatnonzero(mask)
    bits = mask.reshape(-1)[places]
    flat = shades.reshape(-1)
    flat[places[(bits & _DETECTOR_BITS) != 0]] = palette.MASKED
    if show_user_mask:
        flat[places[(bits & np.uint32(pixel_mask.USER)) != 0]] = palette.USER_MASK
    flat[places[(bits & np.uint32(pixel_mask.GAP)) != 0]] = palette.GAP
