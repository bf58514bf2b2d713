"""Pixel types of images as plans and kernels describe them."""

import numpy as np

from jfjoch.kernels.assembly import OutputRange
from jfjoch.model.plan import PixelPlan
from jfjoch.processing.image_target import output_range


def pixel_plan(dtype: str = "int16", **changes: object) -> PixelPlan:
    """Return the plan of converted, assembled images of one module and one frame each."""
    info = np.iinfo(dtype)
    plan = {
        "module_count": 1,
        "frames_per_image": 1,
        "dtype": dtype,
        "error_value": info.min if info.min < 0 else info.max,
        "saturated_value": info.max,
        "saturation_value": info.max - 1,
        "energy_per_count_keV": 12.4,
        "assembled": True,
        "low_threshold": 0,
        "poisson_factor": 0,
        "mask_applied": False,
    }
    return PixelPlan(**(plan | changes))


def output_of(dtype: str) -> OutputRange:
    """Return how counts fit into that type."""
    return output_range(pixel_plan(dtype))
