"""Sums of pixels by bin, of one image and of sixteen."""

import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.kernels.azimuthal import (
    PARTIAL_SUMS,
    AzimuthalTable,
    add_pixels,
    azimuthal_table,
    new_bin_sums,
)
from jfjoch.kernels.azimuthal_batch import (
    BATCH_IMAGES,
    add_pixels_of_batch,
    new_batch_sums,
    settle,
)
from jfjoch.kernels.counts import IMAGE_DTYPES, SpecialValues
from tests.helpers.pixel_types import pixel_plan
from tests.reference.azimuthal import profile

BINS = 7
PIXELS = 3 * 64 + 37


def _table(rng: np.random.Generator, size: int = PIXELS) -> AzimuthalTable:
    bins = rng.integers(0, BINS + 1, size).astype(np.uint16)
    bins[: size // 8] = 3  # many neighbours in the same bin
    return azimuthal_table(bins, rng.uniform(0.5, 1, size).astype(np.float32), BINS)


def _images(rng: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> NDArray[np.int64]:
    info, plan = np.iinfo(dtype), pixel_plan(dtype)
    images = rng.integers(info.min, info.max, shape, endpoint=True)
    images[rng.random(shape) < 0.1] = plan.error_value
    images[rng.random(shape) < 0.1] = plan.saturated_value
    return images


def _special(dtype: str) -> SpecialValues:
    plan = pixel_plan(dtype)
    return SpecialValues(plan.error_value, plan.saturated_value)


def _expected(
    image: NDArray[np.int64], table: AzimuthalTable, special: SpecialValues
) -> tuple[list[float], list[int]]:
    valid = ~np.isin(image, special)
    bins, corrections = table.bins.astype(np.int64), table.corrections.astype(np.float64)
    return profile(image, valid, bins, corrections, BINS)


def _check(  # the sums against the twin
    intensity: NDArray[np.int64],
    lost_pixels: NDArray[np.int64],
    lost_corrections: NDArray[np.float64],
    table: AzimuthalTable,
    expected: tuple[list[float], list[int]],
) -> None:
    means, pixels = expected
    static = np.bincount(table.bins, minlength=BINS + 1)
    corrections = np.bincount(table.bins, table.corrections, minlength=BINS + 1)
    assert (static - lost_pixels)[:BINS].tolist() == pixels
    filled = np.array(pixels) > 0
    result = intensity[:BINS][filled] / (corrections - lost_corrections)[:BINS][filled]
    np.testing.assert_allclose(result, np.array(means)[filled], rtol=1e-12, atol=1e-9)
    assert not intensity[:BINS][~filled].any()


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
@pytest.mark.parametrize(("begin", "end"), [(0, PIXELS), (5, PIXELS), (3, 150), (64, 128), (9, 9)])
def test_agrees_with_the_slow_twin(dtype: str, begin: int, end: int) -> None:
    rng = np.random.default_rng(begin + end)
    table, special = _table(rng), _special(dtype)
    image = _images(rng, dtype, (PIXELS,))
    sums = new_bin_sums(BINS)
    part = np.ascontiguousarray(np.r_[image[:2], image[begin:end]]).astype(dtype)
    add_pixels(part, 2, begin, end, table, special, sums)

    cut = AzimuthalTable(table.bins[begin:end], table.corrections[begin:end], table.usable)
    intensity = sums.intensity.reshape(PARTIAL_SUMS, -1).sum(axis=0)
    expected = _expected(image[begin:end], cut, special)
    _check(intensity, sums.lost_pixels, sums.lost_corrections, cut, expected)


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
@pytest.mark.parametrize(("begin", "end"), [(0, PIXELS), (5, PIXELS), (3, 150)])
def test_sixteen_images_agree_with_the_slow_twin(dtype: str, begin: int, end: int) -> None:
    rng = np.random.default_rng(begin + end)
    table, special = _table(rng), _special(dtype)
    images = _images(rng, dtype, (BATCH_IMAGES, PIXELS))
    sums = new_batch_sums(BINS)
    flat = images.astype(dtype).reshape(-1)
    add_pixels_of_batch(flat, PIXELS, begin, begin, end, table, special, sums)
    settle(sums)

    cut = AzimuthalTable(table.bins[begin:end], table.corrections[begin:end], table.usable)
    intensity, pixels = (a.reshape(-1, BATCH_IMAGES).T for a in (sums.intensity, sums.lost_pixels))
    corrections = sums.lost_corrections.reshape(-1, BATCH_IMAGES).T
    for number, image in enumerate(images):
        expected = _expected(image[begin:end], cut, special)
        _check(intensity[number], pixels[number], corrections[number], cut, expected)


@pytest.mark.parametrize("dtype", ["int16", "uint16", "uint32"])
def test_large_values_do_not_wrap(dtype: str) -> None:
    size = 3 * 2**16 + 64
    table = azimuthal_table(np.zeros(size, np.uint16), np.ones(size, np.float32), 1)
    value = int(np.iinfo(dtype).max) - 1
    image = np.full(size, value, dtype)
    sums, batch = new_bin_sums(1), new_batch_sums(1)
    add_pixels(image, 0, 0, size, table, _special(dtype), sums)
    images = np.tile(image, BATCH_IMAGES)
    add_pixels_of_batch(images, size, 0, 0, size, table, _special(dtype), batch)
    settle(batch)
    assert sums.intensity.reshape(PARTIAL_SUMS, 2)[:, 0].sum() == size * value
    assert batch.intensity[:BATCH_IMAGES].tolist() == [size * value] * BATCH_IMAGES


def test_strips_are_the_whole_image() -> None:
    """Two row ranges, each in memory of its own, add up to the image."""
    rng = np.random.default_rng(1)
    table, special = _table(rng), _special("int16")
    image = _images(rng, "int16", (PIXELS,)).astype(np.int16)
    whole, strips = new_bin_sums(BINS), new_bin_sums(BINS)
    add_pixels(image, 0, 0, PIXELS, table, special, whole)
    for begin, end in ((0, 101), (101, PIXELS)):
        add_pixels(image[begin:end].copy(), 0, begin, end, table, special, strips)
    total = [
        sums.intensity.reshape(PARTIAL_SUMS, -1).sum(axis=0)[:BINS] for sums in (whole, strips)
    ]
    np.testing.assert_array_equal(*total)
    np.testing.assert_array_equal(whole.lost_pixels[:BINS], strips.lost_pixels[:BINS])


def test_bins_beyond_the_last_are_refused() -> None:
    with pytest.raises(ValueError, match="expected a bin up to 2"):
        azimuthal_table(np.array([3], np.uint16), np.ones(1, np.float32), 2)
