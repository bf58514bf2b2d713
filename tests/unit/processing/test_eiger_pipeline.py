"""Frames of an EIGER on their way to the image."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.compression.decompression import decompress
from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.messages.image import PixelStatistics
from jfjoch.model.eiger_counter import EigerCounter, ReadoutBits
from jfjoch.model.plan import PixelPlan
from jfjoch.processing.pipeline import ImagePipeline
from tests.helpers.pipeline_runs import detector_of, no_mask
from tests.helpers.pixel_types import pixel_plan
from tests.reference import counter as reference
from tests.reference.quantisation import quantised

EIGER = detector_of(2, type="EIGER")
LAYOUT = module_layout(EIGER, assembled=True)
STACKED = module_layout(EIGER, assembled=False)
SPECIAL = {
    8: (254, 255, 65535),
    16: (4094, 4095, 4096, 65535),
    32: (70000, 2**31, 2**32 - 2, 2**32 - 1),
}


def eiger_plan(bits: ReadoutBits, dtype: str, **changes: Any) -> PixelPlan:
    values = {"module_count": 2, "energy_per_count_keV": None, "counter": EigerCounter(bits)}
    return pixel_plan(dtype, **(values | changes))


def frames_of(bits: ReadoutBits, count: int = 3) -> NDArray[np.integer]:
    rng = np.random.default_rng(bits)
    frames = rng.poisson(5, (count, 2, 512, 1024)).astype(EigerCounter(bits).frame_dtype)
    for value in SPECIAL[bits]:
        frames[rng.random(frames.shape) < 0.01] = value
    return frames


def processed(
    plan: PixelPlan, frames: NDArray[np.integer], layout: ModuleLayout = LAYOUT
) -> tuple[NDArray[np.integer], PixelStatistics]:
    """Make the image of the frames; the second time on used memory."""
    pipeline = ImagePipeline(plan, layout, None, no_mask(layout), "bslz4")
    for order in (frames[::-1], frames):
        pipeline.begin()
        for frame in order:
            pipeline.add_frame(frame)
        image, statistics, _ = pipeline.finish()
    return decompress(image), statistics


def expected_image(plan: PixelPlan, frames: NDArray[np.integer]) -> NDArray[np.integer]:
    """Sum, narrow, put in place: module 0 at the bottom."""
    assert plan.counter is not None
    bits, threshold = plan.counter.bits, plan.low_threshold
    totals = np.stack([reference.totals_of(frame, bits, threshold) for frame in frames])
    counts = reference.narrowed(reference.sum_totals(totals), plan.dtype, plan.saturation_value)
    image = np.full(LAYOUT.shape, plan.error_value, plan.dtype)
    for module, top in ((0, 0), (1, 550)):
        image[top : top + 514] = reference.with_chip_gaps(counts[module], plan.error_value)
    return image[::-1]


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "uint8", "uint16", "uint32"])
@pytest.mark.parametrize("bits", [8, 16, 32])
def test_a_frame_of_every_depth_to_every_type(bits: ReadoutBits, dtype: str) -> None:
    """B106, B107; gaps between chips and modules hold the error value."""
    plan = eiger_plan(bits, dtype)
    frames = frames_of(bits, count=1)
    np.testing.assert_array_equal(processed(plan, frames)[0], expected_image(plan, frames))


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_sum_of_frames(bits: ReadoutBits) -> None:
    """B059, B102: a full counter in one frame makes the sum saturated."""
    plan = eiger_plan(bits, "uint32", frames_per_image=3, low_threshold=2)
    frames = frames_of(bits)
    image, _ = processed(plan, frames)
    np.testing.assert_array_equal(image, expected_image(plan, frames))
    assert np.all(image[image < plan.saturation_value] <= 3 * (2**32 - 3))


def test_largest_sum() -> None:
    """256 frames that are nearly full fit into 32 bit, and saturate in 16."""
    frame = np.full((2, 512, 1024), 4094, np.uint16)
    for dtype, expected in (("uint32", 256 * 4094), ("uint16", 65535)):
        plan = eiger_plan(16, dtype, frames_per_image=256)
        pipeline = ImagePipeline(plan, LAYOUT, None, no_mask(LAYOUT), "none")
        pipeline.begin()
        for _ in range(256):
            pipeline.add_frame(frame)
        assert decompress(pipeline.finish()[0])[0, 0] == expected


def test_saturation_at_the_end_of_the_counter() -> None:
    plan = eiger_plan(16, "uint16", saturation_value=4095)
    frames = frames_of(16, count=1)
    image, statistics = processed(plan, frames)
    np.testing.assert_array_equal(image, expected_image(plan, frames))
    assert statistics.max_viable_value == 4094


def test_stacked_modules_have_no_gaps() -> None:
    plan = eiger_plan(32, "uint32", assembled=False)
    frames = frames_of(32, count=1)
    image, _ = processed(plan, frames, STACKED)
    np.testing.assert_array_equal(
        image, np.where(frames[0] > 2**32 - 3, 2**32 - 1, frames[0]).reshape(1024, 1024)
    )


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32"])
def test_mask_and_quantisation_come_last(dtype: str) -> None:
    """B063, B111."""
    mask = no_mask(LAYOUT)
    mask[100:120, 200:300] = 1 << 30
    plan = eiger_plan(8, dtype, mask_applied=True, poisson_factor=4)
    frames = frames_of(8, count=1)
    pipeline = ImagePipeline(plan, LAYOUT, None, mask, "none")
    pipeline.begin()
    pipeline.add_frame(frames[0])
    image = decompress(pipeline.finish()[0])
    expected = expected_image(plan, frames)
    expected[100:120, 200:300] = plan.error_value
    np.testing.assert_array_equal(image, quantised(expected.ravel(), 4).reshape(LAYOUT.shape))


def test_frame_of_another_depth_is_refused() -> None:
    pipeline = ImagePipeline(eiger_plan(16, "uint16"), LAYOUT, None, no_mask(LAYOUT), "none")
    pipeline.begin()
    with pytest.raises(ValueError, match="a frame of uint16, got uint32"):
        pipeline.add_frame(frames_of(32)[0])
