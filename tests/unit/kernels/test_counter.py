"""Counters of an EIGER to totals and images."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from jfjoch.kernels.counter import (
    COUNTER_DTYPES,
    FULL_TOTAL,
    NO_TOTAL,
    TOTALS,
    CounterRange,
    TotalRange,
    add_counters,
    counters_to_image,
)
from jfjoch.kernels.counts import IMAGE_DTYPES
from tests.reference import counter as reference

SPECIAL = (0, 1, 126, 127, 128, 253, 254, 255, 256, 4093, 4094, 4095, 4096, 32766, 32767, 32768)
SPECIAL += (65533, 65534, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 3, 2**32 - 2, 2**32 - 1)
STACKED = np.array([(0, 1024, 1)])
ASSEMBLED = np.array([(0, 1030, 1)])


READOUTS = (8, 16, 32)
FRAME_DTYPES = dict(zip(READOUTS, ("uint16", *COUNTER_DTYPES), strict=True))


def meaning_of(bits: int, threshold: int = 0) -> CounterRange:
    meaning = (reference.LIMITS[bits], reference.NO_PACKETS[bits], threshold)
    return CounterRange(*np.array(meaning, np.uint32))


def output_of(dtype: str, saturation: int | None = None) -> TotalRange:
    info = np.iinfo(dtype)
    saturation = info.max - 1 if saturation is None else saturation
    error = info.min if info.min < 0 else info.max
    return TotalRange(*np.array((saturation, info.max, error)).astype(np.uint32))


def frames_of(bits: int, count: int = 1, modules: int = 1, seed: int = 1) -> NDArray[np.integer]:
    """Mostly low counts, with special ones strewn in; [count, modules, 512, 1024]."""
    rng = np.random.default_rng(seed)
    shape = (count, modules, 512, 1024)
    frames = rng.poisson(3, shape).astype(FRAME_DTYPES[bits])
    read = [value for value in SPECIAL if value < 2**bits]
    special = np.array([*read, reference.NO_PACKETS[bits]], frames.dtype)
    chosen = rng.random(shape) < 0.2
    frames[chosen] = rng.choice(special, chosen.sum())
    return frames


def placed(
    frame: NDArray[np.integer],
    bits: int,
    placements: NDArray[np.int64],
    size: int,
    dtype: str,
    saturation: int | None = None,
) -> NDArray[np.integer]:
    """Place an assembled frame into a flat image that holds 99 before."""
    image = np.full(size, 99, dtype)
    counters_to_image(
        frame.ravel(),
        meaning_of(bits),
        placements,
        True,
        output_of(dtype, saturation),
        image.view(f"i{image.itemsize}"),
    )
    return image


def expected_module(
    module: NDArray[np.integer], bits: int, dtype: str, saturation: int | None = None
) -> NDArray[np.integer]:
    totals = reference.totals_of(module, bits)
    limit = np.iinfo(dtype).max - 1 if saturation is None else saturation
    return reference.with_chip_gaps(reference.narrowed(totals, dtype, limit), 99)


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
@pytest.mark.parametrize("bits", READOUTS)
def test_assembled_module_has_chip_gaps(bits: int, dtype: str) -> None:
    """No pixel is divided or doubled, gaps stay untouched, no type wraps."""
    frame = frames_of(bits)[0]
    image = placed(frame, bits, ASSEMBLED, 514 * 1030, dtype)
    np.testing.assert_array_equal(image.reshape(514, 1030), expected_module(frame[0], bits, dtype))


@pytest.mark.parametrize(("bits", "dtype"), [(16, "uint16"), (16, "int32")])
def test_saturation_comes_at_the_limit_of_the_plan(bits: int, dtype: str) -> None:
    frame = frames_of(bits)[0]
    image = placed(frame, bits, ASSEMBLED, 514 * 1030, dtype, saturation=4095)
    expected = expected_module(frame[0], bits, dtype, saturation=4095)
    np.testing.assert_array_equal(image.reshape(514, 1030), expected)
    numbers = image[(image != 99) & (image != np.iinfo(dtype).max)]
    assert numbers.max() == 4094


@pytest.mark.parametrize(
    ("placement", "turn"),
    [
        ((513 * 1030, -1030, 1), lambda module: module[::-1]),
        ((1029, 1030, -1), lambda module: module[:, ::-1]),
        ((0, 1, 514), lambda module: module.T),
        ((514 * 1030 - 1, -1, -514), lambda module: module.T[::-1, ::-1]),
    ],
)
def test_any_direction(placement: tuple[int, int, int], turn) -> None:  # type: ignore[no-untyped-def]  # a view of any shape
    frame = frames_of(16)[0]
    image = placed(frame, 16, np.array([placement]), 514 * 1030, "uint16")
    expected = turn(expected_module(frame[0], 16, "uint16"))
    np.testing.assert_array_equal(image.reshape(expected.shape), expected)


def test_modules_go_to_their_places() -> None:
    frame = frames_of(8, modules=2)[0]
    placements = np.array([(0, 1030, 1), (550 * 1030, 1030, 1)])
    image = placed(frame, 8, placements, 1064 * 1030, "uint8").reshape(1064, 1030)
    np.testing.assert_array_equal(image[:514], expected_module(frame[0], 8, "uint8"))
    np.testing.assert_array_equal(image[550:], expected_module(frame[1], 8, "uint8"))
    assert np.all(image[514:550] == 99)


@pytest.mark.parametrize("bits", READOUTS)
def test_stacked_modules_have_no_gaps(bits: int) -> None:
    frame = frames_of(bits)[0]
    image = np.zeros(512 * 1024, np.int32)
    meaning = meaning_of(bits)
    counters_to_image(frame.ravel(), meaning, STACKED, False, output_of("int32"), image)
    totals = reference.totals_of(frame[0], bits)
    expected = reference.narrowed(totals, "int32", 2**31 - 2)
    np.testing.assert_array_equal(image.reshape(512, 1024), expected)


@pytest.mark.parametrize("threshold", [0, 3, 4095, 2**31 - 1])
@pytest.mark.parametrize("bits", READOUTS)
def test_sum_of_frames(bits: int, threshold: int) -> None:
    """B059, B102: the threshold acts on each frame; no data win over full counters."""
    frames = frames_of(bits, count=3)
    totals = np.zeros(frames[0].size, np.uint32)
    for frame in frames:
        add_counters(frame.ravel(), meaning_of(bits, threshold), totals)
    singles = [reference.totals_of(frame, bits, threshold).ravel() for frame in frames]
    np.testing.assert_array_equal(totals, reference.sum_totals(np.stack(singles)))


def test_totals_are_placed_like_a_frame_of_32_bit() -> None:
    totals = frames_of(32)[0]
    image = placed(totals, 32, ASSEMBLED, 514 * 1030, "uint32")
    np.testing.assert_array_equal(
        image.reshape(514, 1030), expected_module(totals[0], 32, "uint32")
    )
    assert meaning_of(32) == TOTALS


@settings(deadline=None)  # the first example compiles
@given(values=st.lists(st.integers(0, 2**32 - 1) | st.sampled_from(SPECIAL), max_size=256))
def test_sums_never_wrap(values: list[int]) -> None:
    totals = np.zeros(1, np.uint32)
    for value in values:
        add_counters(np.array([value], np.uint32), TOTALS, totals)
    if NO_TOTAL in values:
        assert totals[0] == NO_TOTAL
    else:
        assert totals[0] == min(sum(values), int(FULL_TOTAL))


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
@settings(deadline=None, max_examples=30)
@given(
    value=st.integers(0, 2**32 - 1) | st.sampled_from(SPECIAL), saturation=st.sampled_from(SPECIAL)
)
def test_narrowing_saturates_and_never_wraps(dtype: str, value: int, saturation: int) -> None:
    saturation = min(saturation, np.iinfo(dtype).max - 1)
    frame = np.full((1, 512, 1024), value, np.uint32)
    pixel = placed(frame, 32, ASSEMBLED, 514 * 1030, dtype, saturation)[0]
    assert pixel == reference.narrowed(np.array([value]), dtype, saturation)[0]
