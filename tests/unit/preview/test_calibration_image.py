"""The image for the calibration of the geometry."""

import numpy as np
import pytest

from jfjoch.preview.calibration_image import calibration_image
from tests.helpers.writer_messages import HEIGHT, WIDTH, image_format

DTYPES = ("int8", "int16", "int32", "uint8", "uint16", "uint32")


@pytest.mark.parametrize("dtype", DTYPES)
def test_last_row_first_and_what_is_no_count_is_65535(dtype: str) -> None:
    """B179, pixel by pixel."""
    rng = np.random.default_rng(3)
    limits = np.iinfo(dtype)
    pixels = rng.integers(max(limits.min, -50), min(limits.max, 200), (HEIGHT, WIDTH), dtype)
    pixels[5, :4] = limits.min, limits.max, limits.max - 1, limits.max - 2
    mask = rng.choice(np.array([0, 0, 0, 1, 2, 1 << 8, 1 << 30, 1 << 31], np.uint32), pixels.shape)
    mask[5, :4] = 0
    form = image_format(dtype, pixel_mask=mask)
    image = calibration_image(pixels, form)
    assert image.dtype == np.uint16
    assert image.flags.c_contiguous
    for (row, column), value in np.ndenumerate(pixels):
        count = int(value)
        bad = count == form.error_value or count >= form.saturation_value
        expected = 65_535 if bad or mask[row, column] else min(max(count, 0), 65_534)
        assert image[HEIGHT - 1 - row, column] == expected, (row, column, count)


def test_counts_beyond_16_bits_are_not_bad() -> None:
    form = image_format("int32", pixel_mask=np.zeros((HEIGHT, WIDTH), np.uint32))
    pixels = np.zeros((HEIGHT, WIDTH), np.int32)
    pixels[0, :4] = 65_533, 65_534, 65_535, 10**6
    assert calibration_image(pixels, form)[-1, :4].tolist() == [65_533, 65_534, 65_534, 65_534]
