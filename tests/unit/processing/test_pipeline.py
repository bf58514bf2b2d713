"""The order of the steps, on frames with all kinds of special pixels."""

import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.calibration.gains import GainMaps
from jfjoch.calibration.pedestals import Pedestals
from jfjoch.compression.decompression import decompress
from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.messages.image import PixelStatistics
from jfjoch.model.plan import PixelPlan
from jfjoch.processing.conversion_tables import ConversionTables
from jfjoch.processing.pipeline import ImagePipeline
from tests.helpers.pipeline_runs import detector_of, no_mask, tables_of
from tests.helpers.pixel_types import pixel_plan
from tests.helpers.raw_frames import calibrated_frames
from tests.reference import threshold
from tests.reference.assembly import assembled, narrowed
from tests.reference.conversion import (
    ERROR,
    exact_counts,
    round_half_away,
    saturated_from,
    special_counts,
)
from tests.reference.mask import masked
from tests.reference.pixel_statistics import pixel_statistics
from tests.reference.quantisation import quantised
from tests.reference.summation import sum_counts

FRAMES = calibrated_frames(frames=3, modules=2)
LAYOUT = module_layout(detector_of(2), assembled=True)
STACKED = module_layout(detector_of(2), assembled=False)
PLACES = [(0, 0), (0, 550)]


def processed(
    plan: PixelPlan,
    layout: ModuleLayout = LAYOUT,
    mask: NDArray[np.uint32] | None = None,
) -> tuple[NDArray[np.generic], PixelStatistics]:
    """Make the first image of the frames; the second time on used memory."""
    mask = no_mask(layout) if mask is None else mask
    pipeline = ImagePipeline(plan, layout, tables_of(FRAMES, plan), mask, "bslz4")
    for frames in (FRAMES.raw[::-1], FRAMES.raw):
        pipeline.begin()
        for frame in frames[: plan.frames_per_image]:
            pipeline.add_frame(frame)
        image, statistics, _ = pipeline.finish()
    return decompress(image), statistics


def reference_counts(frame: NDArray[np.uint16]) -> NDArray[np.int32]:
    pedestal, gain = FRAMES.maps()
    special = special_counts(frame, pedestal, gain)
    with np.errstate(invalid="ignore"):
        exact = round_half_away(exact_counts(frame, pedestal, gain, 12.4))
        return np.where(special == 0, exact, special).astype(np.int32)


def nearly_equal(image: NDArray[np.generic], expected: NDArray[np.generic]) -> bool:
    """Compare with a float64 reference, which differs where float32 meets a half."""
    assert image.dtype == expected.dtype
    assert image.shape == expected.shape
    return bool(np.mean(image == expected) > 0.9999)


def image_of(counts: NDArray[np.integer], dtype: str) -> NDArray[np.integer]:
    return narrowed(assembled(counts, PLACES, LAYOUT.shape), dtype)


def image_of_frame(frame: NDArray[np.uint16], dtype: str) -> NDArray[np.integer]:
    """Return the image of one frame, in which saturation is decided before multipixels divide."""
    limit = np.iinfo(dtype).max - 1
    return image_of(saturated_from(reference_counts(frame), limit), dtype)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "uint8", "uint16", "uint32"])
def test_converted_frame(dtype: str) -> None:
    """B103, B106: every depth, signed and unsigned."""
    image, _ = processed(pixel_plan(dtype, module_count=2))
    assert nearly_equal(image, image_of_frame(FRAMES.raw[0], dtype))


def test_threshold_then_sum_then_division() -> None:
    """B059, B102: the threshold acts on every frame, the division on the sum."""
    plan = pixel_plan("int32", module_count=2, frames_per_image=3, low_threshold=2)
    image, _ = processed(plan)
    counts = np.stack([threshold.zero_below(reference_counts(f), 2) for f in FRAMES.raw])
    assert nearly_equal(image, image_of(sum_counts(counts), "int32"))


@pytest.mark.parametrize("dtype", ["int16", "uint16"])
def test_mask_then_quantisation_then_statistics(dtype: str) -> None:
    """B063, B111: masked pixels have the error value, which is not quantised."""
    mask = no_mask(LAYOUT)
    mask[100:120, 200:300] = 1 << 30
    plan = pixel_plan(dtype, module_count=2, mask_applied=True, poisson_factor=2)
    image, statistics = processed(plan, mask=mask)
    expected = masked(image_of_frame(FRAMES.raw[0], dtype), mask, plan.error_value)
    assert nearly_equal(image, quantised(expected.ravel(), 2).reshape(expected.shape))
    assert np.all(image[100:120, 200:300] == plan.error_value)
    errors, saturated, lowest, highest = pixel_statistics(
        image, plan.error_value, plan.saturated_value
    )
    assert statistics == PixelStatistics(errors, saturated, lowest, highest)


def test_mask_leaves_pixels_alone_unless_it_is_applied() -> None:
    mask = np.ones(LAYOUT.shape, np.uint32)
    plan = pixel_plan("int16", module_count=2)
    np.testing.assert_array_equal(processed(plan, mask=mask)[0], processed(plan)[0])


@pytest.mark.parametrize("dtype", ["uint16", "uint32", "int32"])
def test_raw_stacked_frame_comes_out_as_it_is(dtype: str) -> None:
    """B104: all 16 bits; where packets are missing (0xFFFF) the error value."""
    plan = pixel_plan(dtype, module_count=2, energy_per_count_keV=None, assembled=False)
    image, _ = processed(plan, STACKED)
    expected = FRAMES.raw[0].reshape(STACKED.shape).astype(dtype)
    expected[expected == 0xFFFF] = plan.error_value
    np.testing.assert_array_equal(image, expected)


def test_highest_raw_values_are_not_saturated() -> None:
    plan = pixel_plan("uint16", energy_per_count_keV=None, assembled=False)
    layout = module_layout(detector_of(1), assembled=False)
    pipeline = ImagePipeline(plan, layout, None, no_mask(layout), "none")
    frame = np.arange(512 * 1024, dtype=np.uint32).astype(np.uint16).reshape(1, 512, 1024)
    pipeline.begin()
    pipeline.add_frame(frame)
    np.testing.assert_array_equal(decompress(pipeline.finish()[0]), frame[0])


def test_raw_assembled_frame_has_divided_multipixels() -> None:
    plan = pixel_plan("uint16", module_count=2, energy_per_count_keV=None)
    image, _ = processed(plan)
    counts = np.where(FRAMES.raw[0] == 0xFFFF, ERROR, FRAMES.raw[0].astype(np.int32))
    expected = narrowed(assembled(counts, PLACES, LAYOUT.shape), "uint16", limit=0xFFFF)
    np.testing.assert_array_equal(image, expected)


def test_storage_cell_chooses_the_pedestal() -> None:
    frames = calibrated_frames(storage_cells=2)
    layout = module_layout(detector_of(1), assembled=True)
    plan = pixel_plan("int16")
    images = []
    for cell in range(2):
        pipeline = ImagePipeline(plan, layout, tables_of(frames, plan), no_mask(layout), "none")
        pipeline.begin()
        pipeline.add_frame(frames.raw[0], storage_cell=cell)
        images.append(decompress(pipeline.finish()[0]))
    assert np.any(images[0] != images[1])


def test_unfinished_image_is_forgotten() -> None:
    plan = pixel_plan("int32", module_count=2, frames_per_image=2)
    pipeline = ImagePipeline(plan, LAYOUT, tables_of(FRAMES, plan), no_mask(LAYOUT), "none")
    pipeline.begin()
    pipeline.add_frame(FRAMES.raw[2])
    pipeline.begin()
    for frame in FRAMES.raw[:2]:
        pipeline.add_frame(frame)
    np.testing.assert_array_equal(decompress(pipeline.finish()[0]), processed(plan)[0])


def test_frame_of_another_shape_is_refused() -> None:
    plan = pixel_plan("int16", module_count=2)
    pipeline = ImagePipeline(plan, LAYOUT, tables_of(FRAMES, plan), no_mask(LAYOUT), "none")
    pipeline.begin()
    with pytest.raises(ValueError, match=r"\(2, 512, 1024\), got \(1, 512, 1024\)"):
        pipeline.add_frame(FRAMES.raw[0, :1])


def test_parts_that_do_not_fit_are_refused() -> None:
    plan = pixel_plan("int16", module_count=2)
    raw = pixel_plan("uint16", module_count=2, energy_per_count_keV=None, frames_per_image=2)
    tables = tables_of(FRAMES, plan)
    one_module = module_layout(detector_of(1), assembled=True)
    with pytest.raises(ValueError, match="only for them"):
        ImagePipeline(plan, LAYOUT, None, no_mask(LAYOUT), "none")
    with pytest.raises(ValueError, match="not summed"):
        ImagePipeline(raw, LAYOUT, None, no_mask(LAYOUT), "none")
    with pytest.raises(ValueError, match="pixels for frames"):
        ImagePipeline(plan, one_module, tables, no_mask(one_module), "none")
    with pytest.raises(ValueError, match="mask"):
        ImagePipeline(plan, LAYOUT, tables, no_mask(one_module), "none")


def multipixel_image(dtype: str, counts_per_frame: list[int]) -> NDArray[np.generic]:
    """Return the image of a module whose pixels all have these counts, frame by frame."""
    plan = pixel_plan(dtype, frames_per_image=len(counts_per_frame), energy_per_count_keV=1.0)
    gains = GainMaps(np.full((1, 3, 512, 1024), 2.0**-4))
    tables = ConversionTables.build(Pedestals.zero(1), gains, 1.0, use_hg0=False)
    layout = module_layout(detector_of(1), assembled=True)
    pipeline = ImagePipeline(plan, layout, tables, no_mask(layout), "none")
    pipeline.begin()
    for counts in counts_per_frame:
        pipeline.add_frame(np.full((1, 512, 1024), counts // 16, np.uint16))
    return decompress(pipeline.finish()[0])


def test_saturation_of_a_frame_is_decided_before_division() -> None:
    """The half of 40000 would fit into 16 bits, but the pixel was saturated."""
    image = multipixel_image("int16", [40000])
    assert np.all(image == 32767)
    assert np.all(multipixel_image("int32", [40000])[0, :4] == 40000)


def test_division_of_a_sum_comes_before_narrowing() -> None:
    """No frame is saturated; the sum is, where it is not divided."""
    image = multipixel_image("int16", [20000, 20000])
    assert image[0, 0] == 32767
    assert image[0, 255] == 20000
    assert image[256, 255] == 10000


def test_longest_sum() -> None:
    """B039: 256 frames."""
    image = multipixel_image("int32", [16000] * 256)
    assert image[0, 0] == 256 * 16000
    assert image[0, 255] == 256 * 8000
