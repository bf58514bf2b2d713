"""The yardstick of the system tests itself, against the conversion that came with the data."""

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from tests.helpers.real_module import (
    COLUMNS,
    ENERGY_KEV,
    ROWS,
    JungfrauModule,
    extended,
    round_half_away,
)


def test_own_law_reproduces_the_conversion_that_came_with_the_data(
    real_module: JungfrauModule, real_module_file: Path
) -> None:
    with h5py.File(real_module_file) as data:
        converted = data["converted"][:]
    for frame in range(len(real_module.raw)):
        compared = real_module.measured(frame) & (real_module.raw[frame] != 0xC000)
        expected = converted[frame][compared]
        photons = real_module.photons(frame)[compared].astype(np.float32)
        # float32 of a division that was itself made in float32: one unit in the last place
        np.testing.assert_allclose(photons, expected, rtol=3e-7, atol=2e-5)


def test_nearly_all_pixels_are_compared(real_module: JungfrauModule) -> None:
    image = real_module.image([0], "int16")
    assert image.compared.shape == (514, 1030)
    assert np.count_nonzero(~image.compared) < 60


def test_hardly_any_pixel_is_given_a_choice(real_module: JungfrauModule) -> None:
    image = real_module.image([0], "int16")
    assert np.count_nonzero(image.lowest != image.highest) < 200


def test_halves_are_rounded_away_from_zero() -> None:
    values = np.array([-1.5, -0.5, -0.4, 0.5, 1.5, 2.5])
    assert round_half_away(values).tolist() == [-2, -1, 0, 1, 2, 3]


def test_multipixels_lie_where_the_detector_has_them() -> None:
    """Converted column = column + 2 * (column // 256), and the same for rows."""
    numbers = extended(np.arange(512 * 1024).reshape(512, 1024))
    there = numbers[ROWS + 2 * (ROWS // 256), COLUMNS + 2 * (COLUMNS // 256)]
    assert np.array_equal(there, np.arange(512 * 1024).reshape(512, 1024))
    assert np.array_equal(numbers[0, 254:260], [254, 255, 255, 256, 256, 257])


def test_planted_specials_give_every_special_value(real_module: JungfrauModule) -> None:
    image = real_module.with_planted_specials().image([0, 1], "int16")
    bottom_up = image.lowest[::-1]
    lowest, highest = np.iinfo(np.int16).min, np.iinfo(np.int16).max
    assert bottom_up[20, 20:27].tolist() == [lowest] * 6 + [highest]
    assert image.compared[::-1][20, 20:27].all()
    # the saturated pixel of row 255, column 256 is a corner: four pixels, not divided
    assert bottom_up[255:257, 257:259].tolist() == [[highest, highest]] * 2


def test_saturation_is_decided_before_multipixels_are_divided(real_module: JungfrauModule) -> None:
    """A multipixel of 200 photons is too many for a signed byte, its half would not be."""
    raw = real_module.raw.copy()
    adu = 200 * ENERGY_KEV * real_module.gain[1] + real_module.pedestal[1]
    raw[0, 100, 255:257] = 0x4000 | np.round(adu[100, 255:257]).astype(np.uint16)
    image = replace(real_module, raw=raw).image([0], "int8")
    assert np.all(image.lowest[::-1][100, 255:259] == 127)
    wide = replace(real_module, raw=raw).image([0], "int16")
    assert np.all(wide.lowest[::-1][100, 255:259] == 100)


def test_an_unsigned_image_has_no_negative_counts(real_module: JungfrauModule) -> None:
    specials = real_module.with_planted_specials()
    signed, image = specials.image([0], "int16"), specials.image([0], "uint8")
    negative = (signed.highest < 0) & (signed.highest > -32768)
    assert np.count_nonzero(negative) > 20
    assert np.all(image.highest[negative] == 0)
    assert np.all(image.lowest[signed.lowest == -32768] == 255)


def _as_quarters(pedestal: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.round(pedestal * 4) / 4


def test_small_mistakes_are_noticed(real_module: JungfrauModule) -> None:
    """Pedestals with two fractional bits, the next frame, no mirror, a sum of parts."""
    expected = real_module.image([0], "int16")
    image = expected.lowest
    coarse = replace(real_module, pedestal=_as_quarters(real_module.pedestal))
    assert expected.wrong_pixels(image) == 0
    assert expected.wrong_pixels(coarse.image([0], "int16").lowest) > 10
    assert expected.wrong_pixels(real_module.image([1], "int16").lowest) > 1000
    assert expected.wrong_pixels(image[::-1]) > 1000
    four = [0, 1, 2, 3]
    divided_too_early = sum(real_module.image([frame], "int32").lowest for frame in four)
    assert real_module.image(four, "int32").wrong_pixels(divided_too_early) > 1000
