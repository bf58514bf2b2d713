"""Whole frames in strips, against the single steps over whole arrays."""

import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.kernels import frame as kernels
from jfjoch.kernels.conversion import CellTables, convert_pixels
from jfjoch.kernels.counts import SIGNED_DTYPES
from jfjoch.processing.conversion_tables import ConversionTables
from tests.helpers.pixel_types import output_of
from tests.helpers.raw_frames import calibrated_frames
from tests.reference.assembly import assembled, narrowed
from tests.reference.conversion import ERROR
from tests.reference.summation import sum_counts
from tests.reference.threshold import zero_below

WIDTH, HEIGHT = 1038, 1064
PLACEMENTS = np.array([((HEIGHT - 1) * WIDTH, -WIDTH, 1), (513 * WIDTH + 8, -WIDTH, 1)])
PLACES = [(0, 0), (8, 550)]
"""Two modules one below the other, mirrored, the second further right."""


@pytest.fixture(scope="module")
def frames() -> NDArray[np.uint16]:
    return calibrated_frames(frames=3, modules=2).raw


@pytest.fixture(scope="module")
def tables() -> CellTables:
    frames = calibrated_frames(frames=3, modules=2)
    return ConversionTables.build(frames.pedestals, frames.gains, 12.4, use_hg0=False).cells[0]


def converted(frame: NDArray[np.uint16], tables: CellTables) -> NDArray[np.int32]:
    counts = np.empty(frame.size, np.int32)
    convert_pixels(frame.ravel(), tables, 0, frame.size, counts)
    return counts.reshape(frame.shape)


def expected_image(counts: NDArray[np.integer], dtype: str) -> NDArray[np.integer]:
    return narrowed(assembled(counts, PLACES, (HEIGHT, WIDTH)), dtype)


def empty_image(dtype: str) -> NDArray[np.integer]:
    return np.full(HEIGHT * WIDTH, np.iinfo(dtype).min, dtype)


def strip() -> NDArray[np.int32]:
    return np.empty(kernels.STRIP_PIXELS, np.int32)


@pytest.mark.parametrize("dtype", SIGNED_DTYPES)
@pytest.mark.parametrize("threshold", [0, 3])
def test_single_frame(
    frames: NDArray[np.uint16], tables: CellTables, dtype: str, threshold: int
) -> None:
    image = empty_image(dtype)
    output = output_of(dtype)
    raw = frames[0].ravel()
    kernels.convert_to_image(raw, tables, threshold, strip(), PLACEMENTS, True, output, image)
    counts = converted(frames[0], tables)
    if threshold:
        counts = zero_below(counts, threshold)
    np.testing.assert_array_equal(image.reshape(HEIGHT, WIDTH), expected_image(counts, dtype))


@pytest.mark.parametrize("threshold", [0, 3])
def test_sum_is_thresholded_per_frame_and_divided_once(
    frames: NDArray[np.uint16], tables: CellTables, threshold: int
) -> None:
    total = np.empty(frames[0].size, np.int32)
    kernels.convert_to_counts(frames[0].ravel(), tables, threshold, total)
    for frame in frames[1:]:
        kernels.add_to_counts(frame.ravel(), tables, threshold, strip(), total)
    image = empty_image("int32")
    kernels.counts_to_image(total, PLACEMENTS, True, output_of("int32"), image)

    counts = np.stack([converted(frame, tables) for frame in frames])
    if threshold:
        counts = zero_below(counts, threshold)
    expected = expected_image(sum_counts(counts), "int32")
    np.testing.assert_array_equal(image.reshape(HEIGHT, WIDTH), expected)


@pytest.mark.parametrize("threshold", [0, 3000])
def test_raw_frame(frames: NDArray[np.uint16], threshold: int) -> None:
    image = empty_image("int32")
    raw = frames[0].ravel()
    kernels.raw_to_image(raw, threshold, strip(), PLACEMENTS, True, output_of("int32"), image)
    counts = np.where(frames[0] == 0xFFFF, ERROR, frames[0].astype(np.int32))
    expected = expected_image(zero_below(counts, threshold), "int32")
    np.testing.assert_array_equal(image.reshape(HEIGHT, WIDTH), expected)
