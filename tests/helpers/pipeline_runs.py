"""Pipelines of every kind at work."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.kernels.counts import IMAGE_DTYPES
from jfjoch.model.detector import Detector, StandardDetectorGeometry
from jfjoch.model.plan import PixelPlan
from jfjoch.processing.conversion_tables import ConversionTables
from jfjoch.processing.pipeline import ImagePipeline
from tests.helpers.pixel_types import pixel_plan
from tests.helpers.raw_frames import CalibratedFrames, calibrated_frames


def detector_of(modules: int, in_row: int = 1, mirror_y: bool = True) -> Detector:
    """Return a detector in standard geometry."""
    geometry = StandardDetectorGeometry(nmodules=modules, modules_in_row=in_row)
    return Detector(
        description="test", serial_number="T1", standard_geometry=geometry, mirror_y=mirror_y
    )


def tables_of(frames: CalibratedFrames, plan: PixelPlan) -> ConversionTables | None:
    """Return what the plan needs."""
    energy = plan.energy_per_count_keV
    if energy is None:
        return None
    return ConversionTables.build(frames.pedestals, frames.gains, energy, use_hg0=False)


def no_mask(layout: ModuleLayout) -> NDArray[np.uint32]:
    """Return a mask in which all pixels are good."""
    return np.zeros(layout.shape, np.uint32)


def run_every_kind_of_pipeline() -> None:
    """Make an image of one module with every pixel type, converted, summed and raw."""
    frames = calibrated_frames(frames=2)
    layout = module_layout(detector_of(1), assembled=True)
    kinds = ((1, 12.4), (2, 12.4), (1, None))
    for dtype, (frames_per_image, energy) in product(IMAGE_DTYPES, kinds):
        plan = pixel_plan(
            dtype,
            frames_per_image=frames_per_image,
            energy_per_count_keV=energy,
            mask_applied=True,
            poisson_factor=2,
        )
        tables = tables_of(frames, plan)
        pipeline = ImagePipeline(plan, layout, tables, no_mask(layout), "none")
        pipeline.begin()
        for frame in frames.raw[:frames_per_image]:
            pipeline.add_frame(frame)
        pipeline.finish()
