"""The pixel mask."""

from typing import Any

import numpy as np
import pytest

from jfjoch.calibration.pedestals import Pedestals
from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.geometry.pixel_mask import (
    ALL_STAGES,
    image_pixel_mask,
    mask_statistics,
    raw_pixel_mask,
)
from jfjoch.model.image_format import DEFAULT_IMAGE_FORMAT, ImageFormatSettings
from tests.helpers.pipeline_runs import detector_of

STACKED = module_layout(detector_of(2), assembled=False)
ASSEMBLED = module_layout(detector_of(2, mirror_y=False), assembled=True)
NOTHING_MEASURED = Pedestals.zero(2)


def image_format(**changes: Any) -> ImageFormatSettings:
    edges = {"mask_module_edges": False, "mask_chip_edges": False}
    return DEFAULT_IMAGE_FORMAT.model_copy(update=edges | changes)


def measured(storage_cells: int = 1) -> Pedestals:
    mean = np.zeros((3, storage_cells, 2, 512, 1024), np.float32)
    return Pedestals(mean, np.full_like(mean, 24), "measured")


def pixel_mask(
    layout: ModuleLayout,
    pedestals: Pedestals,
    settings: ImageFormatSettings,
    stages: tuple[int, ...] = ALL_STAGES,
) -> np.ndarray:
    """The mask of the image, with no pixel masked by the user."""
    nothing = np.zeros(layout.raw_shape, np.bool_)
    return image_pixel_mask(layout, raw_pixel_mask(nothing, pedestals, settings, stages))


def test_gaps_are_masked_in_assembled_images_only() -> None:
    mask = pixel_mask(ASSEMBLED, NOTHING_MEASURED, image_format())
    expected = np.zeros((1064, 1030), np.uint32)
    expected[514:550] = 1
    np.testing.assert_array_equal(mask, expected)
    assert mask.dtype == np.uint32
    assert not pixel_mask(STACKED, NOTHING_MEASURED, image_format()).any()


def test_module_edges() -> None:
    """B108: one pixel all around every module."""
    mask = pixel_mask(ASSEMBLED, NOTHING_MEASURED, image_format(mask_module_edges=True))
    edges = mask == 1 << 30
    assert np.count_nonzero(edges) == 2 * (2 * 1030 + 2 * 512)
    for row in (0, 513, 550, 1063):
        assert edges[row].all()
    assert edges[:514, [0, 1029]].all()


def test_chip_edges() -> None:
    """B109: every image pixel of a multipixel."""
    mask = pixel_mask(ASSEMBLED, NOTHING_MEASURED, image_format(mask_chip_edges=True))
    expected = np.zeros((514, 1030), bool)
    expected[255:259] = True
    for first in (255, 513, 771):
        expected[:, first : first + 4] = True
    np.testing.assert_array_equal(mask[:514] == 1 << 31, expected)
    np.testing.assert_array_equal(mask[550:], mask[:514])


def test_both_edges_of_stacked_modules() -> None:
    both = image_format(mask_module_edges=True, mask_chip_edges=True)
    module = pixel_mask(STACKED, NOTHING_MEASURED, both).reshape(2, 512, 1024)[1]
    assert module[0, 255] == (1 << 30) | (1 << 31)
    assert module[255, 3] == module[256, 3] == module[5, 768] == 1 << 31
    assert module[5, 0] == module[511, 5] == 1 << 30
    assert module[257, 3] == module[5, 254] == 0


@pytest.mark.parametrize("value", [np.nan, 16383.5, np.inf])
@pytest.mark.parametrize("stage", [0, 1, 2])
def test_bad_pedestal_of_any_stage(value: float, stage: int) -> None:
    pedestals = measured()
    pedestals.mean_adu[stage, 0, 1, 100, 200] = value
    pedestals.mean_adu[stage, 0, 1, 100, 201] = 16383
    mask = pixel_mask(STACKED, pedestals, image_format())
    assert mask[612, 200] == 2
    assert np.count_nonzero(mask) == 1


def test_pixels_without_g0_are_kept_when_asked() -> None:
    """B110: other stages still count."""
    pedestals = measured()
    pedestals.mean_adu[0, 0, 0, 10, 10] = np.nan
    pedestals.mean_adu[1, 0, 0, 10, 11] = np.nan
    mask = pixel_mask(STACKED, pedestals, image_format(jungfrau_mask_pixels_without_g0=False))
    assert mask[10, 10] == 0
    assert mask[10, 11] == 2


def test_stages_not_in_use_do_not_matter() -> None:
    pedestals = measured()
    pedestals.mean_adu[[0, 2]] = np.nan
    pedestals.rms_adu[0] = 1000
    pedestals.mean_adu[1, 0, 0, 10, 11] = np.nan
    mask = pixel_mask(STACKED, pedestals, image_format(), stages=(1,))
    assert np.flatnonzero(mask).tolist() == [10 * 1024 + 11]


def test_any_storage_cell_makes_a_pixel_bad() -> None:
    pedestals = measured(storage_cells=3)
    pedestals.mean_adu[0, 2, 0, 10, 10] = np.nan
    pedestals.rms_adu[0, 1, 0, 10, 11] = 101
    mask = pixel_mask(STACKED, pedestals, image_format())
    assert mask[10, 10] == 2
    assert mask[10, 11] == 4


def test_noisy_pixels() -> None:
    """B112: the limit itself is allowed; noise in G1 does not matter."""
    pedestals = measured()
    pedestals.rms_adu[0, 0, 0, 10, 10:13] = 50, 50.5, np.nan
    pedestals.rms_adu[1] = 500
    mask = pixel_mask(STACKED, pedestals, image_format(jungfrau_pedestal_g0_rms_limit=50))
    assert mask[10, 10:13].tolist() == [0, 4, 0]
    assert np.count_nonzero(mask) == 1


def test_nothing_is_bad_before_the_first_pedestal() -> None:
    pedestals = Pedestals.unmeasured(2)
    assert not pixel_mask(STACKED, pedestals, image_format()).any()


def test_user_mask_is_a_bit_of_its_own() -> None:
    """B187: bit 8, beside the other reasons, whether a pedestal was measured or not."""
    user_mask = np.zeros((2, 512, 1024), np.bool_)
    user_mask[1, 0, 7] = user_mask[1, 100, 7] = True
    settings = image_format(mask_module_edges=True)
    mask = raw_pixel_mask(user_mask, NOTHING_MEASURED, settings)
    assert mask[1, 0, 7] == (1 << 8) | (1 << 30)
    assert mask[1, 100, 7] == 1 << 8
    assert np.count_nonzero(mask & (1 << 8)) == 2


def test_all_parts_of_a_masked_multipixel_are_masked() -> None:
    user_mask = np.zeros((2, 512, 1024), np.bool_)
    user_mask[0, 255, 256] = True
    mask = raw_pixel_mask(user_mask, NOTHING_MEASURED, image_format())
    image = image_pixel_mask(ASSEMBLED, mask)
    assert np.argwhere(image == 1 << 8).tolist() == [[255, 257], [255, 258], [256, 257], [256, 258]]


def test_statistics_count_pixels_of_the_detector_by_reason() -> None:
    """B175: a multipixel is one pixel, and a pixel may be bad for two reasons."""
    user_mask = np.zeros((2, 512, 1024), np.bool_)
    user_mask[0, 10, 250:256] = True
    pedestals = measured()
    pedestals.mean_adu[1, 0, 0, 10, 255] = np.nan
    pedestals.rms_adu[0, 0, 1, :3, :5] = 200
    settings = image_format(mask_module_edges=True, mask_chip_edges=True)
    statistics = mask_statistics(raw_pixel_mask(user_mask, pedestals, settings))
    assert statistics.user_mask == 6
    assert statistics.wrong_gain == 1
    assert statistics.too_high_pedestal_rms == 15
