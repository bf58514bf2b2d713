"""The square root of counts."""

import numpy as np
import pytest

from jfjoch.kernels.counts import IMAGE_DTYPES
from jfjoch.kernels.quantisation import quantise_pixels
from tests.helpers.pixel_types import output_of
from tests.reference.quantisation import quantised


@pytest.mark.parametrize("factor", [1, 2, 16])
@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
def test_agrees_with_the_slow_twin(dtype: str, factor: int) -> None:
    """B063: round(sqrt(v) * SQ); ends of the range are kept, too large results saturate."""
    info = np.iinfo(dtype)
    ends = [info.min, info.min + 1, info.max - 2, info.max - 1, info.max]
    small = list(range(max(info.min, -20), 127))
    steps = np.linspace(0, info.max, 500).astype(np.int64).tolist()
    image = np.array([*ends, *small, *steps], dtype)
    expected = quantised(image, factor)
    quantise_pixels(image, factor, output_of(dtype))
    np.testing.assert_array_equal(image, expected)
