"""Memory of a pipeline: reserved when it is made."""

import tracemalloc

import pytest

from jfjoch.geometry.modules import module_layout
from jfjoch.processing.pipeline import ImagePipeline
from tests.helpers.pipeline_runs import detector_of, no_mask, tables_of
from tests.helpers.pixel_types import pixel_plan
from tests.helpers.raw_frames import calibrated_frames

SMALL_CHANGE = 64 * 1024
"""Python objects of a call, far less than a row of pixels of every module."""


@pytest.mark.parametrize(("dtype", "frames_per_image"), [("int16", 1), ("uint16", 1), ("int32", 3)])
def test_only_the_finished_image_is_allocated(dtype: str, frames_per_image: int) -> None:
    frames = calibrated_frames(frames=3)
    layout = module_layout(detector_of(1), assembled=True)
    plan = pixel_plan(dtype, frames_per_image=frames_per_image, mask_applied=True, poisson_factor=2)
    pipeline = ImagePipeline(plan, layout, tables_of(frames, plan), no_mask(layout), "none")

    def make_image() -> int:
        pipeline.begin()
        for frame in frames.raw[:frames_per_image]:
            pipeline.add_frame(frame)
        return len(pipeline.finish()[0].payload)

    make_image()
    tracemalloc.start()
    try:
        size = make_image()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < size + SMALL_CHANGE
