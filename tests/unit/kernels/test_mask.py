"""Masked pixels."""

import numpy as np
import pytest

from jfjoch.kernels.counts import IMAGE_DTYPES
from jfjoch.kernels.mask import overwrite_pixels
from tests.helpers.pixel_types import pixel_plan
from tests.reference.mask import masked


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
def test_masked_pixels_get_the_error_value(dtype: str) -> None:
    rng = np.random.default_rng(1)
    image = rng.integers(0, 100, 1000).astype(dtype)
    mask = rng.choice(np.array([0, 0, 0, 1, 1 << 31], np.uint32), 1000)
    error = pixel_plan(dtype).error_value
    expected = masked(image, mask, error)
    overwrite_pixels(image, np.flatnonzero(mask), error)
    np.testing.assert_array_equal(image, expected)
