"""Error and saturated pixels and the range of the others."""

from jfjoch.kernels.pixel_statistics import pixel_statistics
from jfjoch.messages.image import PixelStatistics
from jfjoch.model.plan import PixelPlan
from jfjoch.processing.image_target import ImageTarget


def image_statistics(target: ImageTarget, plan: PixelPlan) -> PixelStatistics:
    """Count over the whole image, gaps included (they hold the error value)."""
    errors, saturated, lowest, highest = pixel_statistics(
        target.pixels, plan.error_value, plan.saturated_value
    )
    if lowest > highest:
        return PixelStatistics(errors, saturated, None, None)
    return PixelStatistics(errors, saturated, lowest, highest)
