"""Statistics over an image."""

import numpy as np
import pytest

from jfjoch.kernels import pixel_statistics as kernels
from jfjoch.kernels.counts import IMAGE_DTYPES
from tests.helpers.pixel_types import pixel_plan
from tests.reference.pixel_statistics import pixel_statistics


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
@pytest.mark.parametrize("size", [1, 100, 8192, 3 * 8192 + 17])
def test_agrees_with_the_slow_twin(dtype: str, size: int) -> None:
    plan = pixel_plan(dtype)
    rng = np.random.default_rng(size)
    image = rng.integers(-3 if dtype[0] == "i" else 5, 100, size).astype(dtype)
    image[rng.random(size) < 0.1] = plan.error_value
    image[rng.random(size) < 0.1] = plan.saturated_value
    expected = pixel_statistics(image, plan.error_value, plan.saturated_value)
    result = kernels.pixel_statistics(image, plan.error_value, plan.saturated_value)
    assert result[:2] == expected[:2]
    if expected[2] is None:
        assert result[2] > result[3]
    else:
        assert result[2:] == expected[2:]


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
@pytest.mark.parametrize("special", ["error_value", "saturated_value"])
def test_image_without_a_viable_pixel(dtype: str, special: str) -> None:
    plan = pixel_plan(dtype)
    image = np.full(100, getattr(plan, special), dtype)
    result = kernels.pixel_statistics(image, plan.error_value, plan.saturated_value)
    assert result[:2] == pixel_statistics(image, plan.error_value, plan.saturated_value)[:2]
    assert result[2] > result[3]


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
def test_ends_of_the_viable_range(dtype: str) -> None:
    plan = pixel_plan(dtype)
    info = np.iinfo(dtype)
    lowest = info.min + 1 if info.min < 0 else 0
    image = np.array([lowest, info.max - 1], dtype)
    result = kernels.pixel_statistics(image, plan.error_value, plan.saturated_value)
    assert result == (0, 0, lowest, info.max - 1)
