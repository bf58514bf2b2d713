"""Batches of images strip by strip."""

import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.kernels.conversion import CellTables
from jfjoch.kernels.direct import new_scratch
from jfjoch.kernels.frame import convert_to_image
from jfjoch.kernels.strips import convert_batch, plan_strips
from jfjoch.processing.conversion_tables import ConversionTables
from tests.helpers.pipeline_runs import detector_of
from tests.helpers.pixel_types import output_of
from tests.helpers.raw_frames import calibrated_frames

FRAMES = calibrated_frames(frames=3, modules=3)
ERROR = -32768


@pytest.fixture(scope="module")
def tables() -> CellTables:
    return ConversionTables.build(FRAMES.pedestals, FRAMES.gains, 12.4, use_hg0=False).cells[0]


def empty(pixels: int) -> NDArray[np.int16]:
    return np.full(pixels, ERROR, np.int16)


def whole_images(layout: ModuleLayout, tables: CellTables) -> NDArray[np.int16]:
    images = [empty(layout.height * layout.width) for _ in FRAMES.raw]
    for frame, image in zip(FRAMES.raw, images, strict=True):
        convert_to_image(
            frame.ravel(),
            tables,
            0,
            new_scratch(),
            layout.placements,
            True,
            output_of("int16"),
            image,
        )
    return np.concatenate(images)


@pytest.mark.parametrize("mirror_y", [True, False])
@pytest.mark.parametrize(("in_row", "rows"), [(1, 32), (2, 16), (3, 32), (2, 8)])
def test_batch_makes_the_same_images(
    in_row: int, rows: int, mirror_y: bool, tables: CellTables
) -> None:
    layout = module_layout(detector_of(3, in_row, mirror_y), assembled=True)
    plan = plan_strips(layout.placements, layout.width, rows)
    rings = empty(len(FRAMES.raw) * plan.ring_rows * layout.width)
    images = empty(len(FRAMES.raw) * layout.height * layout.width)
    convert_batch(
        FRAMES.raw.ravel(),
        tables,
        plan,
        layout.placements,
        output_of("int16"),
        new_scratch(),
        rings,
        images,
    )
    np.testing.assert_array_equal(images, whole_images(layout, tables))


def test_rings_hold_the_last_strip(tables: CellTables) -> None:
    layout = module_layout(detector_of(3, in_row=3), assembled=True)
    plan = plan_strips(layout.placements, layout.width, 32)
    rings = empty(len(FRAMES.raw) * plan.ring_rows * layout.width)
    convert_batch(
        FRAMES.raw.ravel(),
        tables,
        plan,
        layout.placements,
        output_of("int16"),
        new_scratch(),
        rings,
        empty(0),
    )
    begin, end = plan.image_rows[-1]
    images = whole_images(layout, tables).reshape(-1, *layout.shape)
    shape = len(images), plan.ring_rows, layout.width
    np.testing.assert_array_equal(rings.reshape(shape)[:, : end - begin], images[:, begin:end])


@pytest.mark.parametrize("mirror_y", [True, False])
def test_strips_follow_each_other_down_the_image(mirror_y: bool) -> None:
    """Between them are only the gaps between modules."""
    layout = module_layout(detector_of(4, 2, mirror_y), assembled=True)
    plan = plan_strips(layout.placements, layout.width, 16)
    distances = plan.image_rows[1:, 0] - plan.image_rows[:-1, 1]
    assert plan.image_rows[0, 0] == 0
    assert plan.image_rows[-1, 1] == layout.height
    np.testing.assert_array_equal(np.unique(distances, return_counts=True), [[0, 36], [62, 1]])
    assert plan.ring_rows == 17


def test_modules_on_their_side_are_refused() -> None:
    with pytest.raises(ValueError, match="along the rows"):
        plan_strips(np.array([(0, 1, 514)]), 514, 32)
