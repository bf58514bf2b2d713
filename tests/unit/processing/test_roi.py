"""Regions of interest of whole images."""

import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.kernels.counts import ERROR, IMAGE_DTYPES, SATURATED, Image
from jfjoch.kernels.frame import counts_to_image
from jfjoch.messages.analysis import RoiResult
from jfjoch.model.detector import DetectorType
from jfjoch.model.plan import PixelPlan
from jfjoch.model.roi import NO_ROI, RoiBox, RoiBoxList, RoiCircle, RoiCircleList, RoiDefinitions
from jfjoch.processing.image_target import ImageTarget
from jfjoch.processing.regions import RegionMap
from jfjoch.processing.roi import RegionsOfInterest
from tests.helpers.pipeline_runs import detector_of, no_mask
from tests.helpers.pixel_types import pixel_plan
from tests.reference.roi import roi_result, undivided


def _box(name: str, x: tuple[int, int], y: tuple[int, int]) -> RoiBox:
    return RoiBox(name=name, min_x_pxl=x[0], max_x_pxl=x[1], min_y_pxl=y[0], max_y_pxl=y[1])


def _circle(name: str, x: float, y: float, radius: float) -> RoiCircle:
    return RoiCircle(name=name, center_x_pxl=x, center_y_pxl=y, radius_pxl=radius)


BOXES = [
    _box("chip", (10, 60), (5, 44)),
    _box("one pixel", (255, 255), (255, 255)),
    _box("part of a multipixel", (256, 256), (200, 210)),
    _box("corner of chips", (250, 262), (250, 262)),
    _box("gap", (100, 130), (505, 560)),
    _box("over the edge", (1000, 2000), (1000, 5000)),
    _box("outside", (5000, 6000), (0, 10)),
]
CIRCLES = [
    _circle("round", 257.3, 256.9, 20.5),
    _circle("on the line", 300, 40, 5),
    _circle("less than a pixel", 20.4, 30.4, 0.3),
    _circle("cut", -3.0, 800.0, 40.0),
    _circle("far", 1e100, -1e100, 1.0),
]
ROIS = RoiDefinitions(box=RoiBoxList(rois=BOXES), circle=RoiCircleList(rois=CIRCLES))


def _layout(mirror_y: bool = True, type: DetectorType = "JUNGFRAU") -> ModuleLayout:
    return module_layout(detector_of(2, mirror_y=mirror_y, type=type), assembled=True)


def _counts(layout: ModuleLayout, dtype: str) -> NDArray[np.int32]:
    """Counts [modules, 512, 1024] with errors, saturated ones, and some too large for the type."""
    rng = np.random.default_rng(3)
    counts = rng.poisson(11, layout.raw_shape).astype(np.int32)
    counts -= 4
    most = min(int(np.iinfo(dtype).max), 2**31 - 2)
    large = rng.random(counts.shape) < 0.05
    counts[large] = rng.integers(most // 4, most, int(large.sum()))
    counts[rng.random(counts.shape) < 0.03] = ERROR
    counts[rng.random(counts.shape) < 0.03] = SATURATED
    return counts


def _image(counts: NDArray[np.int32], layout: ModuleLayout, plan: PixelPlan) -> Image:
    target = ImageTarget.create(plan, layout)
    flat = counts.reshape(-1)
    counts_to_image(flat, layout.placements, layout.assembled, target.output, target.bits)
    return target.pixels


def _mask(layout: ModuleLayout) -> NDArray[np.uint32]:
    mask = layout.to_image(np.zeros(layout.raw_shape, np.uint32), 1)
    for k, bit in enumerate((1, 2, 8, 30, 31)):
        mask[20 + k, 15:40] |= np.uint32(1 << bit)
        mask[254 + k, 240:270] |= np.uint32(1 << bit)
    return mask


def _expected(
    image: Image,
    counts: NDArray[np.int32],
    layout: ModuleLayout,
    plan: PixelPlan,
) -> tuple[RoiResult, ...]:
    numbers = np.arange(counts.size, dtype=np.int64).reshape(layout.raw_shape)
    square = image.reshape(layout.shape)
    lowest = 0 if plan.error_value > 0 else int(ERROR)
    values = undivided(square, counts, layout.to_image(numbers, -1), lowest)
    values[np.isin(square, [plan.error_value, plan.saturated_value])] = None
    values[(_mask(layout) & 0b111) != 0] = None
    boxes = [roi_result(roi, values) for roi in BOXES]
    return (*boxes, *(roi_result(roi, values) for roi in CIRCLES))


@pytest.mark.parametrize(
    ("dtype", "mirror_y"), [("int16", False), *((dtype, True) for dtype in IMAGE_DTYPES)]
)
def test_agrees_with_the_slow_twin(dtype: str, mirror_y: bool) -> None:
    """B149-B151, B162-B164: multipixels count once and undivided, special values not at all."""
    layout, plan = _layout(mirror_y), pixel_plan(dtype)
    counts = _counts(layout, dtype)
    image = _image(counts, layout, plan)
    regions = RegionMap.build(layout, _mask(layout), ROIS)
    interest = RegionsOfInterest(regions, plan)
    for _ in range(2):  # nothing stays from one image to the next
        results = interest.apply(image, counts.reshape(-1)[regions.multipixels])
    expected = _expected(image, counts, layout, plan)
    assert results == expected
    assert [result.name for result in results] == ROIS.names
    empty = {r.name for r in results if r.max_count is None}
    assert {"outside", "far"} <= empty
    assert not {"chip", "corner of chips", "over the edge", "round", "cut"} & empty


def test_an_eiger_has_gaps_between_chips() -> None:
    layout, plan = _layout(type="EIGER"), pixel_plan("uint32")
    image = np.ones(layout.height * layout.width, np.uint32)
    image.reshape(layout.shape)[256:258] = plan.error_value
    regions = RegionMap.build(layout, no_mask(layout), ROIS)
    assert regions.multipixels.size == 0
    results = RegionsOfInterest(regions, plan).apply(image, np.empty(0, np.int32))
    corner = results[3]
    assert (corner.sum, corner.valid_pixels, corner.max_count) == (11 * 13, 11 * 13, 1)


def test_user_mask_and_edges_do_not_matter() -> None:
    """Bits 0 to 2 leave a pixel out, others do not."""
    layout, plan = module_layout(detector_of(1), assembled=False), pixel_plan("int16")
    mask = no_mask(layout)
    mask[5, 10:14] = [1 << 1, 1 << 2, 1 << 8, 1 << 31]
    image = np.full(layout.shape, 3, np.int16)
    rois = RoiDefinitions(
        box=RoiBoxList(rois=[_box("row", (8, 17), (5, 5))]), circle=RoiCircleList(rois=[])
    )
    interest = RegionsOfInterest(RegionMap.build(layout, mask, rois), plan)
    (result,) = interest.apply(image.ravel(), np.empty(0, np.int32))
    assert result == RoiResult("row", 24, 72, 3, 8)


def test_squares_of_32_bits_do_not_wrap() -> None:
    layout, plan = module_layout(detector_of(1), assembled=False), pixel_plan("uint32")
    value = 2**32 - 2
    image = np.full(layout.height * layout.width, value, np.uint32)
    rois = RoiDefinitions(
        box=RoiBoxList(rois=[_box("all", (0, 1023), (0, 511))]), circle=RoiCircleList(rois=[])
    )
    interest = RegionsOfInterest(RegionMap.build(layout, no_mask(layout), rois), plan)
    (result,) = interest.apply(image, np.empty(0, np.int32))
    pixels = 1024 * 512
    assert result == RoiResult("all", pixels * value, pixels * value**2, value, pixels)


def test_circles_of_any_size() -> None:
    layout = module_layout(detector_of(1), assembled=False)
    circles = [_circle("all", 0, 0, 1e200), _circle("none", 1e300, 1e300, 1e200)]
    rois = RoiDefinitions(box=RoiBoxList(rois=[]), circle=RoiCircleList(rois=circles))
    interest = RegionsOfInterest(RegionMap.build(layout, no_mask(layout), rois), pixel_plan())
    image = np.ones(layout.height * layout.width, np.int16)
    results = interest.apply(image, np.empty(0, np.int32))
    assert [result.sum for result in results] == [image.size, 0]


def test_no_regions_no_results() -> None:
    layout, plan = _layout(), pixel_plan("int16")
    regions = RegionMap.build(layout, no_mask(layout), NO_ROI)
    image = np.zeros(layout.height * layout.width, np.int16)
    assert regions.multipixels.size == 0
    assert RegionsOfInterest(regions, plan).apply(image, np.empty(0, np.int32)) == ()


def test_other_images_are_refused() -> None:
    layout, plan = _layout(), pixel_plan("int16")
    regions = RegionMap.build(layout, no_mask(layout), ROIS)
    interest = RegionsOfInterest(regions, plan)
    pixels, counts = layout.height * layout.width, np.zeros(regions.multipixels.size, np.int32)
    with pytest.raises(ValueError, match="flat image"):
        interest.apply(np.zeros(pixels - 1, np.int16), counts)
    with pytest.raises(ValueError, match="contiguous int16"):
        interest.apply(np.zeros(pixels, np.int8), counts)
    with pytest.raises(ValueError, match="multipixels"):
        interest.apply(np.zeros(pixels, np.int16), counts[1:])
    with pytest.raises(ValueError, match="mask"):
        RegionMap.build(layout, no_mask(layout)[1:], ROIS)
