"""Pipelines of every kind at work."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.kernels.counts import IMAGE_DTYPES
from jfjoch.model.detector import Detector, DetectorType, StandardDetectorGeometry
from jfjoch.model.eiger_counter import EigerCounter, ReadoutBits
from jfjoch.model.plan import PixelPlan
from jfjoch.processing.conversion_tables import ConversionTables
from jfjoch.processing.pipeline import ImagePipeline
from tests.helpers.pixel_types import pixel_plan
from tests.helpers.raw_frames import CalibratedFrames, calibrated_frames


def detector_of(
    modules: int, in_row: int = 1, mirror_y: bool = True, type: DetectorType = "JUNGFRAU"
) -> Detector:
    """Return a detector in standard geometry."""
    geometry = StandardDetectorGeometry(nmodules=modules, modules_in_row=in_row)
    return Detector(
        description="test",
        serial_number="T1",
        type=type,
        standard_geometry=geometry,
        mirror_y=mirror_y,
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
    """Make an image of one module with every pixel type: converted, summed, raw, and counters."""
    _run_every_kind_for_a_jungfrau()
    _run_every_kind_for_an_eiger()


def _run_every_kind_for_a_jungfrau() -> None:
    frames = calibrated_frames(frames=2)
    layout = module_layout(detector_of(1), assembled=True)
    kinds = ((1, 12.4, False), (2, 12.4, False), (1, 12.4, True), (1, None, False))
    for dtype, (frames_per_image, energy, fixed_gain) in product(IMAGE_DTYPES, kinds):
        plan = pixel_plan(
            dtype,
            frames_per_image=frames_per_image,
            energy_per_count_keV=energy,
            mask_applied=True,
            poisson_factor=2,
            fixed_gain_g1=fixed_gain,
        )
        tables = tables_of(frames, plan)
        pipeline = ImagePipeline(plan, layout, tables, no_mask(layout), "none")
        pipeline.begin()
        for frame in frames.raw[:frames_per_image]:
            pipeline.add_frame(frame)
        pipeline.finish()


def _run_every_kind_for_an_eiger() -> None:
    layout = module_layout(detector_of(1, type="EIGER"), assembled=True)
    depths: tuple[ReadoutBits, ...] = (8, 16, 32)
    for dtype, bits, frames_per_image in product(IMAGE_DTYPES, depths, (1, 2)):
        plan = pixel_plan(
            dtype,
            frames_per_image=frames_per_image,
            energy_per_count_keV=None,
            counter=EigerCounter(bits),
        )
        pipeline = ImagePipeline(plan, layout, None, no_mask(layout), "none")
        pipeline.begin()
        for _ in range(frames_per_image):
            pipeline.add_frame(np.zeros(layout.raw_shape, plan.frame_dtype))
        pipeline.finish()
