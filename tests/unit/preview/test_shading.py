"""Counts as greys; colours for what is no count."""

from dataclasses import replace

import numpy as np
import pytest

from jfjoch.messages.start import ImageFormat
from jfjoch.preview import palette
from jfjoch.preview.shading import automatic_saturation, shade
from tests.helpers.writer_messages import HEIGHT, WIDTH, image_format

DTYPES = ("int8", "int16", "int32", "uint8", "uint16", "uint32")
GAP, BAD, USER, EDGE = 1, 1 << 1, 1 << 8, 1 << 31


def clean_format(dtype: str) -> ImageFormat:
    return image_format(dtype, pixel_mask=np.zeros((HEIGHT, WIDTH), np.uint32))


def one_by_one(
    pixels: np.ndarray, form: ImageFormat, saturation: int, show_user_mask: bool
) -> np.ndarray:
    """The rules as they are documented, pixel by pixel."""
    shades = np.empty(pixels.shape, np.uint8)
    for place, value in np.ndenumerate(pixels):
        count, bits = int(value), int(form.pixel_mask[place])
        if bits & GAP:
            shades[place] = palette.GAP
        elif bits & USER and show_user_mask:
            shades[place] = palette.USER_MASK
        elif bits & ~(GAP | USER):
            shades[place] = palette.MASKED
        elif count == form.error_value:
            shades[place] = palette.ERROR
        elif count >= form.saturation_value:
            shades[place] = palette.SATURATED
        else:
            part = min(max(count / max(saturation, 1), 0), 1)
            shades[place] = round((1 - part) * palette.WHITE)
    return shades


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("saturation", [0, 1, 3, 100, 127, 128, 40_000, 65_535])
def test_every_kind_of_pixel(dtype: str, saturation: int) -> None:
    """B177: error, saturated, masked and user mask in colours, all else grey."""
    rng = np.random.default_rng(saturation)
    limits = np.iinfo(dtype)
    high = min(2 * saturation + 3, limits.max + 1)
    low = max(-3, limits.min)
    pixels = rng.integers(low, high, (HEIGHT, WIDTH), dtype)
    special = rng.random((HEIGHT, WIDTH))
    for above, value in ((0.9, limits.min), (0.94, limits.max), (0.97, limits.max - 1)):
        pixels[special > above] = value
    bits = rng.choice([0, 0, 0, 0, GAP, BAD, USER, EDGE, USER | EDGE, GAP | USER], pixels.shape)
    form = image_format(dtype, pixel_mask=bits.astype(np.uint32))
    for show_user_mask in (False, True):
        expected = one_by_one(pixels, form, saturation, show_user_mask)
        np.testing.assert_array_equal(shade(pixels, form, saturation, show_user_mask), expected)


def test_white_is_nothing_and_black_is_saturation() -> None:
    form = clean_format("int16")
    pixels = np.zeros((HEIGHT, WIDTH), np.int16)
    pixels[0, :6] = -7, 0, 1, 5, 10, 11
    shades = shade(pixels, form, 10, show_user_mask=False)
    assert shades[0, :6].tolist() == [243, 243, 219, 122, 0, 0]


def test_the_palette_goes_from_black_to_white_and_no_two_colours_are_alike() -> None:
    rgb = np.frombuffer(palette.palette_rgb(), np.uint8).reshape(-1, 3)
    assert rgb[0].tolist() == [0, 0, 0]
    assert rgb[palette.WHITE].tolist() == [255, 255, 255]
    assert (np.diff(rgb[: palette.GREY_LEVELS].astype(int), axis=0) > 0).all()
    assert {index: tuple(rgb[index].tolist()) for index in palette.COLOURS} == palette.COLOURS
    colours = rgb[palette.GREY_LEVELS :].astype(int)
    assert all((np.ptp(colour) > 30) for colour in colours), "a colour that looks grey"
    apart = np.abs(colours[:, None] - colours[None]).sum(axis=2)
    assert apart[~np.eye(len(colours), dtype=bool)].min() > 60


@pytest.mark.parametrize("dtype", DTYPES)
def test_automatic_contrast_looks_at_good_pixels_only(dtype: str) -> None:
    """B176: one in a hundred bright ones counts, none that is masked or no number does."""
    bits = np.zeros((HEIGHT, WIDTH), np.uint32)
    bits[:20] = EDGE
    form = image_format(dtype, pixel_mask=bits)
    pixels = np.full((HEIGHT, WIDTH), 2, dtype)
    pixels[:20] = 120
    pixels[20:30] = form.error_value
    pixels[30:35] = form.saturation_value
    assert automatic_saturation(pixels, form) == 10
    pixels[40] = 90
    assert automatic_saturation(pixels, form) == 90


def test_automatic_contrast_has_its_limits() -> None:
    form = clean_format("int32")
    assert automatic_saturation(np.full((HEIGHT, WIDTH), 10**6, np.int32), form) == 65_535
    assert automatic_saturation(np.full((HEIGHT, WIDTH), -5, np.int32), form) == 10
    nothing_good = replace(form, pixel_mask=np.ones((HEIGHT, WIDTH), np.uint32))
    assert automatic_saturation(np.full((HEIGHT, WIDTH), 99, np.int32), nothing_good) == 10
