"""Counts to their place in the image."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from jfjoch.kernels.assembly import Placement, assemble_rows, fit, halved
from jfjoch.kernels.counts import ERROR, IMAGE_DTYPES, SATURATED, SIGNED_DTYPES
from tests.helpers.pixel_types import output_of
from tests.reference.assembly import converted_module, narrowed

INTERESTING = (ERROR, ERROR + 1, -40000, -32769, -32768, -32767, -129, -3, -1, 0, 1, 3, 127, 255)
INTERESTING += (32765, 32766, 32767, 65533, 65534, 65535, 131070, SATURATED - 1, SATURATED)


def random_counts(seed: int = 1) -> NDArray[np.int32]:
    rng = np.random.default_rng(seed)
    counts = rng.integers(-50, 50, (512, 1024), np.int32)
    chosen = rng.random(counts.shape) < 0.2
    counts[chosen] = rng.choice(np.array(INTERESTING, np.int32), chosen.sum())
    return counts


def placed(
    counts: NDArray[np.int32], placement: tuple[int, int, int], size: int, dtype: str
) -> NDArray[np.integer]:
    """Place one extended module into a flat image that holds 99 before."""
    image = np.full(size, 99, dtype)
    assemble_rows(
        counts.ravel(), 0, 0, 512, Placement(*placement), True, output_of(dtype), _signed(image)
    )
    return image


def _signed(image: NDArray[np.integer]) -> NDArray[np.integer]:
    return image.view(f"i{image.itemsize}")


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
def test_extended_module(dtype: str) -> None:
    """B103: multipixels are extended; the type saturates and never wraps."""
    counts = random_counts()
    image = placed(counts, (0, 1030, 1), 514 * 1030, dtype)
    np.testing.assert_array_equal(
        image.reshape(514, 1030), narrowed(converted_module(counts), dtype)
    )


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
    counts = random_counts()
    image = placed(counts, placement, 514 * 1030, "int16")
    expected = turn(narrowed(converted_module(counts), "int16"))
    np.testing.assert_array_equal(image.reshape(expected.shape), expected)


def test_gaps_stay_untouched() -> None:
    counts = random_counts()
    image = placed(counts, (3 * 1040 + 5, 1040, 1), 520 * 1040, "int16").reshape(520, 1040)
    module = image[3 : 3 + 514, 5 : 5 + 1030]
    np.testing.assert_array_equal(module, narrowed(converted_module(counts), "int16"))
    assert np.count_nonzero(image == 99) - np.count_nonzero(module == 99) == 520 * 1040 - 514 * 1030


@pytest.mark.parametrize("dtype", SIGNED_DTYPES)
def test_stacked_module_is_not_extended(dtype: str) -> None:
    counts = random_counts()
    image = np.zeros(512 * 1024, dtype)
    assemble_rows(counts.ravel(), 0, 0, 512, Placement(0, 1024, 1), False, output_of(dtype), image)
    np.testing.assert_array_equal(image.reshape(512, 1024), narrowed(counts, dtype))


@pytest.mark.parametrize("cuts", [(0, 255, 256, 257, 512), (0, 32, 250, 260, 512), (0, 1, 512)])
def test_rows_in_strips_make_the_same_image(cuts: tuple[int, ...]) -> None:
    counts = random_counts()
    image = np.zeros(514 * 1030, np.int16)
    for begin, end in pairwise(cuts):
        strip = np.concatenate([np.full(7, 55, np.int32), counts[begin:end].ravel()])
        placement = Placement(0, 1030, 1)
        assemble_rows(strip, 7, begin, end, placement, True, output_of("int16"), image)
    np.testing.assert_array_equal(image, placed(counts, (0, 1030, 1), image.size, "int16"))


@settings(deadline=None)  # the first example compiles
@given(count=st.integers(int(ERROR), int(SATURATED)), halvings=st.integers(0, 2))
def test_division_cuts_towards_zero(count: int, halvings: int) -> None:
    result = halved(np.int32(count), halvings)
    if count in (ERROR, SATURATED):
        assert result == count
    else:
        assert result == int(count / 2**halvings)


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
@settings(deadline=None)  # the first example compiles
@given(
    count=st.integers(int(ERROR), int(SATURATED)) | st.sampled_from([int(i) for i in INTERESTING])
)
def test_fit_saturates_and_never_wraps(dtype: str, count: int) -> None:
    value = np.array(fit(np.int32(count), output_of(dtype))).astype(dtype)
    assert value == narrowed(np.array(count), dtype)
