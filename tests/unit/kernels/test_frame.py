"""Whole frames in strips, against the single steps over whole arrays."""

import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.kernels import frame as kernels
from jfjoch.kernels.conversion import CellTables, convert_pixels, new_rare
from jfjoch.kernels.counts import IMAGE_DTYPES, SATURATED
from jfjoch.kernels.direct import new_scratch
from jfjoch.processing.conversion_tables import ConversionTables
from tests.helpers.pixel_types import output_of
from tests.helpers.raw_frames import calibrated_frames
from tests.reference.assembly import assembled, converted_module, narrowed
from tests.reference.conversion import ERROR, saturated_from
from tests.reference.summation import sum_counts
from tests.reference.threshold import zero_below

WIDTH, HEIGHT = 1038, 1064
PLACEMENTS = np.array([((HEIGHT - 1) * WIDTH, -WIDTH, 1), (513 * WIDTH + 8, -WIDTH, 1)])
PLACES = [(0, 0), (8, 550)]
"""Two modules one below the other, mirrored, the second further right."""
SCRATCH = new_scratch()
LIMIT = 100


@pytest.fixture(scope="module")
def frames() -> NDArray[np.uint16]:
    return calibrated_frames(frames=3, modules=2).raw


@pytest.fixture(scope="module", params=[12.4, 0.2])
def tables(request: pytest.FixtureRequest) -> CellTables:
    """At 0.2 keV counts in G0 are beyond 8 bits, in G1 beyond 16."""
    frames = calibrated_frames(frames=3, modules=2)
    return ConversionTables.build(
        frames.pedestals, frames.gains, request.param, use_hg0=False
    ).cells[0]


def converted(frame: NDArray[np.uint16], tables: CellTables) -> NDArray[np.int32]:
    counts = np.empty(frame.size, np.int32)
    rare = new_rare(frame.size)
    convert_pixels(frame.ravel(), tables, 0, frame.size, int(SATURATED), rare, counts, 0)
    return counts.reshape(frame.shape)


def expected_image(counts: NDArray[np.integer], dtype: str) -> NDArray[np.integer]:
    return narrowed(assembled(counts, PLACES, (HEIGHT, WIDTH)), dtype)


def empty_image(dtype: str) -> NDArray[np.integer]:
    info = np.iinfo(dtype)
    return np.full(HEIGHT * WIDTH, info.min if info.min < 0 else info.max, dtype)


def bits(image: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return the same memory as the kernels take it."""
    return image.view(f"i{image.itemsize}")


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
@pytest.mark.parametrize("threshold", [0, 3])
def test_single_frame(
    frames: NDArray[np.uint16], tables: CellTables, dtype: str, threshold: int
) -> None:
    image = empty_image(dtype)
    output = output_of(dtype)
    raw = frames[0].ravel()
    kernels.convert_to_image(raw, tables, threshold, SCRATCH, PLACEMENTS, True, output, bits(image))
    counts = saturated_from(converted(frames[0], tables), int(output.saturation_limit))
    if threshold:
        counts = zero_below(counts, threshold)
    np.testing.assert_array_equal(image.reshape(HEIGHT, WIDTH), expected_image(counts, dtype))


@pytest.mark.parametrize("dtype", ["int16", "uint16"])
def test_stacked_modules(frames: NDArray[np.uint16], tables: CellTables, dtype: str) -> None:
    """Without geometry nothing is divided."""
    image, output = np.zeros(frames[0].size, dtype), output_of(dtype)
    placements = np.array([(0, 1024, 1), (512 * 1024, 1024, 1)])
    raw = frames[0].ravel()
    kernels.convert_to_image(raw, tables, 0, SCRATCH, placements, False, output, bits(image))
    counts = converted(frames[0], tables)
    np.testing.assert_array_equal(image.reshape(counts.shape), narrowed(counts, dtype))


def test_modules_on_their_side(frames: NDArray[np.uint16], tables: CellTables) -> None:
    """Rows of the module are columns of the image: by way of counts."""
    image, output = np.zeros(2 * 514 * 1030, np.int16), output_of("int16")
    placements = np.array([(0, 1, 514), (514 * 1030, 1, 514)])
    raw = frames[0].ravel()
    kernels.convert_to_image(raw, tables, 0, SCRATCH, placements, True, output, image)
    counts = saturated_from(converted(frames[0], tables), int(output.saturation_limit))
    for module, part in zip(counts, image.reshape(2, 1030, 514), strict=True):
        np.testing.assert_array_equal(part.T, narrowed(converted_module(module), "int16"))


@pytest.mark.parametrize("threshold", [0, 3])
def test_sum_is_thresholded_per_frame_and_divided_once(
    frames: NDArray[np.uint16], tables: CellTables, threshold: int
) -> None:
    total = np.empty(frames[0].size, np.int32)
    kernels.convert_to_counts(frames[0].ravel(), tables, threshold, LIMIT, SCRATCH, total)
    for frame in frames[1:]:
        kernels.add_to_counts(frame.ravel(), tables, threshold, LIMIT, SCRATCH, total)
    image = empty_image("int32")
    kernels.counts_to_image(total, PLACEMENTS, True, output_of("int32"), image)

    counts = np.stack([saturated_from(converted(frame, tables), LIMIT) for frame in frames])
    if threshold:
        counts = zero_below(counts, threshold)
    expected = expected_image(sum_counts(counts), "int32")
    np.testing.assert_array_equal(image.reshape(HEIGHT, WIDTH), expected)


@pytest.mark.parametrize("threshold", [0, 3000])
def test_raw_frame(frames: NDArray[np.uint16], threshold: int) -> None:
    image = empty_image("int32")
    raw = frames[0].ravel()
    kernels.raw_to_image(raw, threshold, SCRATCH, PLACEMENTS, True, output_of("int32"), image)
    counts = np.where(frames[0] == 0xFFFF, ERROR, frames[0].astype(np.int32))
    expected = expected_image(zero_below(counts, threshold), "int32")
    np.testing.assert_array_equal(image.reshape(HEIGHT, WIDTH), expected)
