"""Modules of an EIGER: chips two pixels apart, nothing divided or doubled."""

from typing import Any

import numpy as np
import pytest

from jfjoch.calibration.pedestals import Pedestals
from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.geometry.pixel_mask import image_pixel_mask, raw_pixel_mask
from jfjoch.model.detector import Detector
from jfjoch.model.image_format import DEFAULT_IMAGE_FORMAT
from tests.reference.counter import with_chip_gaps


def layout_of(modules: int = 1, assembled: bool = True, **geometry: Any) -> ModuleLayout:
    values = {"description": "E", "serial_number": "1", "type": "EIGER"}
    geometry = geometry or {"standard_geometry": {"nmodules": modules}}
    return module_layout(Detector.model_validate(values | geometry), assembled)


def random_map(modules: int) -> np.ndarray:
    return np.random.default_rng(modules).integers(1, 60000, (modules, 512, 1024), np.uint16)


@pytest.mark.parametrize("mirror_y", [False, True])
def test_chip_gaps_are_gaps(mirror_y: bool) -> None:
    layout = layout_of(2, standard_geometry={"nmodules": 2}, mirror_y=mirror_y)
    raw_map = random_map(2)
    expected = np.full((1064, 1030), 7, np.uint16)
    expected[:514] = with_chip_gaps(raw_map[0], 7)
    expected[550:] = with_chip_gaps(raw_map[1], 7)
    image = layout.to_image(raw_map, 7)
    np.testing.assert_array_equal(image, expected[::-1] if mirror_y else expected)


@pytest.mark.parametrize("assembled", [False, True])
def test_there_and_back(assembled: bool) -> None:
    """Whatever stands in the gaps."""
    layout = layout_of(2, assembled)
    raw_map = random_map(2)
    np.testing.assert_array_equal(layout.to_raw(layout.to_image(raw_map, 999)), raw_map)
    mask = raw_map > 30000
    np.testing.assert_array_equal(layout.to_raw_mask(layout.to_image(mask, 1)), mask)


def test_turned_modules() -> None:
    module = {"x0": 0.0, "y0": 1029.0, "fast_axis": "Yn", "slow_axis": "Xp"}
    layout = layout_of(custom_geometry=[module], mirror_y=False)
    raw_map = random_map(1)
    turned = with_chip_gaps(raw_map[0], 0).T[::-1]
    np.testing.assert_array_equal(layout.to_image(raw_map, 0), turned)
    np.testing.assert_array_equal(layout.to_raw(turned), raw_map)


def test_stacked_modules_have_no_gaps() -> None:
    layout = layout_of(2, assembled=False)
    assert layout.shape == (1024, 1024)
    raw_map = random_map(2)
    np.testing.assert_array_equal(layout.to_image(raw_map, 0), raw_map.reshape(1024, 1024))


def test_pixel_mask() -> None:
    """Chip gaps have the bit of gaps; the pixels beside them are chip edges (B109)."""
    nothing = np.zeros((1, 512, 1024), np.bool_)
    raw_mask = raw_pixel_mask(nothing, Pedestals.zero(0), DEFAULT_IMAGE_FORMAT)
    mask = image_pixel_mask(layout_of(mirror_y=False, standard_geometry={"nmodules": 1}), raw_mask)
    assert np.all(mask[256:258] == 1)
    assert np.all(mask[:, [256, 257, 514, 515, 772, 773]] == 1)
    assert np.count_nonzero(mask == 1) == 514 * 1030 - 512 * 1024
    assert mask[10, 255] == mask[10, 258] == mask[258, 10] == 1 << 31
    assert mask[0, 10] == mask[10, 1029] == 1 << 30
    assert mask[10, 10] == 0
