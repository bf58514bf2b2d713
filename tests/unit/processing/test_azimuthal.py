"""Azimuthal integration of whole images."""

import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.kernels.counts import IMAGE_DTYPES
from jfjoch.model.azim_int import AzimIntSettings
from jfjoch.model.plan import PixelPlan
from jfjoch.processing.azimuthal import AzimuthalIntegration, AzimuthalResult, BatchIntegration
from jfjoch.processing.azimuthal_bins import AzimuthalBins
from tests.helpers.beams import beam_at
from tests.helpers.pipeline_runs import detector_of
from tests.helpers.pixel_types import pixel_plan
from tests.reference import azimuthal as twin

BEAM = beam_at(300.3, 400.7, 0.05)
POLARISED = AzimIntSettings(
    polarization_factor=0.99,
    solid_angle_corr=True,
    high_q_recipA=3.0,
    low_q_recipA=0.2,
    q_spacing=0.07,
)
PLAIN = AzimIntSettings(solid_angle_corr=False, high_q_recipA=9.0, low_q_recipA=0.0, q_spacing=0.1)


def _layout(modules: int = 2) -> ModuleLayout:
    return module_layout(detector_of(modules), assembled=True)


def _mask(layout: ModuleLayout) -> NDArray[np.uint32]:
    mask = layout.to_image(np.zeros(layout.raw_shape, np.uint32), 1)
    mask[100:140, 200:500] = 1 << 8
    return mask


def _image(plan: PixelPlan, layout: ModuleLayout, seed: int = 0) -> NDArray[np.int64]:
    """Counts that fall off from the beam, with gaps, errors and saturated pixels."""
    rng = np.random.default_rng(seed)
    image = rng.poisson(20 * np.exp(-twin.q_map(layout.shape, BEAM)))
    if plan.error_value < 0:
        image -= 1
    image[_mask(layout) == 1] = plan.error_value
    image[rng.random(layout.shape) < 0.01] = plan.error_value
    image[rng.random(layout.shape) < 0.01] = plan.saturated_value
    image[300:340] = plan.saturated_value
    return image


def _expected(
    image: NDArray[np.int64], plan: PixelPlan, layout: ModuleLayout, settings: AzimIntSettings
) -> tuple[list[float], list[int]]:
    valid = (_mask(layout) == 0) & ~np.isin(image, [plan.error_value, plan.saturated_value])
    bins = twin.bin_map(twin.q_map(layout.shape, BEAM), settings)
    corrections = twin.correction_map(layout.shape, BEAM, settings)
    return twin.profile(image, valid, bins, corrections, settings.bin_count)


def _check(
    result: AzimuthalResult, expected: tuple[list[float], list[int]], settings: AzimIntSettings
) -> None:
    means, pixels = expected
    assert result.profile.dtype == np.float32
    assert result.sums.pixels.tolist() == pixels
    np.testing.assert_allclose(result.profile, means, rtol=1e-6)
    estimate = twin.background(means, pixels, settings)
    assert estimate is not None
    assert result.bkg_estimate == pytest.approx(estimate, rel=1e-6)


@pytest.mark.parametrize(
    ("dtype", "settings"), [("int16", PLAIN), *((dtype, POLARISED) for dtype in IMAGE_DTYPES)]
)
def test_agrees_with_the_slow_twin(dtype: str, settings: AzimIntSettings) -> None:
    """B125-B127, B155, B187: masked, error, saturated and gap pixels are left out."""
    layout, plan = _layout(), pixel_plan(dtype)
    bins = AzimuthalBins.build(layout, _mask(layout), BEAM, settings)
    integration = AzimuthalIntegration(bins, plan)
    image = _image(plan, layout)
    expected = _expected(image, plan, layout, settings)
    for _ in range(2):  # nothing stays from one image to the next
        result = integration.apply(image.astype(dtype).ravel())
        _check(result, expected, settings)


@pytest.mark.parametrize("dtype", ["int16", "uint32"])
def test_sixteen_images_give_what_each_gives(dtype: str) -> None:
    layout, plan = _layout(), pixel_plan(dtype)
    bins = AzimuthalBins.build(layout, _mask(layout), BEAM, POLARISED)
    images = [_image(plan, layout, seed).astype(dtype).ravel() for seed in range(16)]
    integration, batch = AzimuthalIntegration(bins, plan), BatchIntegration(bins, plan)
    for _ in range(2):
        results = batch.apply(np.stack(images))
        for image, result in zip(images, results, strict=True):
            alone = integration.apply(image)
            np.testing.assert_array_equal(result.sums.intensity, alone.sums.intensity)
            np.testing.assert_array_equal(result.sums.pixels, alone.sums.pixels)
            np.testing.assert_allclose(result.profile, alone.profile, rtol=1e-6)
            assert result.bkg_estimate == pytest.approx(alone.bkg_estimate)


def test_a_bin_without_a_valid_pixel_is_nan() -> None:
    layout, plan = _layout(1), pixel_plan()
    bins = AzimuthalBins.build(layout, np.zeros(layout.shape, np.uint32), BEAM, PLAIN)
    image = np.ones(layout.shape, np.int16)
    inside = twin.bin_map(twin.q_map(layout.shape, BEAM), PLAIN) == 12
    image[inside] = plan.saturated_value
    result = AzimuthalIntegration(bins, plan).apply(image.ravel())
    assert np.isnan(result.profile[12])
    assert np.isnan(result.profile[-1])  # beyond the corner of the image
    assert result.profile[11] == result.profile[13] == 1
    assert result.sums.corrections[12] == 0


def test_no_background_without_such_resolutions() -> None:
    """B155."""
    layout, plan = _layout(1), pixel_plan()
    mask = np.zeros(layout.shape, np.uint32)
    settings = PLAIN.model_copy(update={"high_q_recipA": 1.0})
    image = np.ones(layout.height * layout.width, np.int16)
    bins = AzimuthalBins.build(layout, mask, BEAM, settings)
    assert AzimuthalIntegration(bins, plan).apply(image).bkg_estimate is None
    bins = AzimuthalBins.build(layout, mask, BEAM, PLAIN)
    invalid = np.full_like(image, plan.error_value)
    assert AzimuthalIntegration(bins, plan).apply(invalid).bkg_estimate is None


def test_other_images_are_refused() -> None:
    layout, plan = _layout(1), pixel_plan()
    mask = np.zeros(layout.shape, np.uint32)
    bins = AzimuthalBins.build(layout, mask, BEAM, PLAIN)
    pixels = layout.height * layout.width
    integration, batch = AzimuthalIntegration(bins, plan), BatchIntegration(bins, plan)
    with pytest.raises(ValueError, match="flat image"):
        integration.apply(np.zeros(pixels + 1, np.int16))
    with pytest.raises(ValueError, match="int16"):
        integration.apply(np.zeros(pixels, np.int32))
    with pytest.raises(ValueError, match="expected 16 images, got 3"):
        batch.apply(np.zeros((3, pixels), np.int16))
    with pytest.raises(ValueError, match="stacked"):
        AzimuthalBins.build(module_layout(detector_of(1), assembled=False), mask, BEAM, PLAIN)
    with pytest.raises(ValueError, match="mask"):
        AzimuthalBins.build(layout, mask[1:], BEAM, PLAIN)


def test_nothing_of_the_size_of_an_image_is_allocated() -> None:
    layout, plan = _layout(1), pixel_plan()
    bins = AzimuthalBins.build(layout, np.zeros(layout.shape, np.uint32), BEAM, PLAIN)
    integration = AzimuthalIntegration(bins, plan)
    image = np.ones(layout.height * layout.width, np.int16)
    integration.apply(image)
    tracemalloc.start()
    try:
        integration.apply(image)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * 1024
