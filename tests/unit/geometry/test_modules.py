"""Raw modules and images."""

import numpy as np
import pytest

from jfjoch.errors import InvalidInput
from jfjoch.geometry.modules import module_layout
from tests.helpers.pipeline_runs import detector_of
from tests.reference.assembly import duplicated


def random_map(modules: int, dtype: str = "uint32") -> np.ndarray:
    rng = np.random.default_rng(modules)
    return rng.integers(0, 60000, (modules, 512, 1024)).astype(dtype)


@pytest.mark.parametrize(
    ("modules", "in_row", "width", "height"),
    [
        (1, 1, 1030, 514),
        (2, 1, 1030, 1064),
        (8, 2, 2068, 2164),
        (18, 3, 3106, 3264),
        (32, 4, 4144, 4364),
        (3, 2, 2068, 1064),
    ],
)
def test_sizes_of_standard_detectors(modules: int, in_row: int, width: int, height: int) -> None:
    """B192; an incomplete row counts as a row."""
    layout = module_layout(detector_of(modules, in_row), assembled=True)
    assert (layout.width, layout.height) == (width, height)
    assert layout.module_count == modules


@pytest.mark.parametrize("mirror_y", [False, True])
def test_maps_are_duplicated_and_gaps_filled(mirror_y: bool) -> None:
    """B192: with mirror_y the first module is bottom left, its first row at the bottom."""
    layout = module_layout(detector_of(3, 2, mirror_y), assembled=True)
    raw_map = random_map(3)
    expected = np.full((1064, 2068), 7, np.uint32)
    for k, (x, y) in enumerate([(0, 0), (1038, 0), (0, 550)]):
        expected[y : y + 514, x : x + 1030] = duplicated(raw_map[k])
    image = layout.to_image(raw_map, 7)
    np.testing.assert_array_equal(image, expected[::-1] if mirror_y else expected)


def test_stacked_modules_are_not_mirrored() -> None:
    layout = module_layout(detector_of(3), assembled=False)
    assert layout.shape == (3 * 512, 1024)
    raw_map = random_map(3)
    image = layout.to_image(raw_map, 0)
    np.testing.assert_array_equal(image, raw_map.reshape(layout.shape))
    np.testing.assert_array_equal(layout.to_raw(image.astype(np.uint16)), raw_map.astype(np.uint16))


def test_parts_of_multipixels_are_added() -> None:
    layout = module_layout(detector_of(2), assembled=True)
    raw_map = random_map(2, "uint16") // 8
    back = layout.to_raw(layout.to_image(raw_map, 9))
    parts = duplicated(np.ones((512, 1024), np.int64))
    columns = np.ones(1024, np.int64)
    columns[[255, 256, 511, 512, 767, 768]] = 2
    rows = np.ones(512, np.int64)
    rows[[255, 256]] = 2
    assert parts.shape == (514, 1030)
    np.testing.assert_array_equal(back, raw_map * np.outer(rows, columns))


def test_sums_of_parts_beyond_16_bits_are_cut() -> None:
    layout = module_layout(detector_of(1), assembled=True)
    raw = layout.to_raw(np.full(layout.shape, 40000, np.uint16))
    assert raw[0, 0, 0] == 40000
    assert raw[0, 0, 255] == raw[0, 255, 256] == 65535


def test_image_of_another_size_is_refused() -> None:
    layout = module_layout(detector_of(1), assembled=True)
    with pytest.raises(InvalidInput, match=r"1030 x 514.*\(514, 1029\)"):
        layout.to_raw(np.zeros((514, 1029), np.uint16))


def test_map_of_another_shape_is_refused() -> None:
    layout = module_layout(detector_of(2), assembled=True)
    with pytest.raises(ValueError, match=r"\(2, 512, 1024\)"):
        layout.to_image(random_map(1), 0)
