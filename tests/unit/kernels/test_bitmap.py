"""Bitmaps, compared with arrays of truth values."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from jfjoch.kernels.bitmap import (
    bitmap_bytes,
    clear_64_from,
    clear_below,
    is_set,
    next_clear,
    next_set,
    set_bit,
)

SIZE = 3000
seeds = st.integers(0, 2**32 - 1)
positions = st.integers(0, SIZE - 1)


class Bitmap:
    """Random bits, mostly in long runs, also behind the end."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        bits = 8 * bitmap_bytes(SIZE)
        changes = rng.random(bits) < rng.choice([0.001, 0.01, 0.5])
        self._words = np.packbits(np.cumsum(changes) % 2 == 1, bitorder="little")

    @property
    def address(self) -> int:
        return int(self._words.ctypes.data)

    @property
    def bits(self) -> NDArray[np.uint8]:
        return np.unpackbits(self._words, bitorder="little")


@settings(deadline=None)  # the first example compiles
@given(seed=seeds, position=positions)
def test_next(seed: int, position: int) -> None:
    bitmap = Bitmap(seed)
    following = bitmap.bits[position:SIZE]
    if following.any():
        assert next_set(bitmap.address, position) == position + np.argmax(following)
    if not following.all():
        assert next_clear(bitmap.address, position) == position + np.argmin(following)


@settings(deadline=None)  # the first example compiles
@given(seed=seeds, position=positions)
def test_single_bits(seed: int, position: int) -> None:
    bitmap = Bitmap(seed)
    expected = bitmap.bits
    assert is_set(bitmap.address, position) == expected[position]
    set_bit(bitmap.address, position)
    expected[position] = 1
    np.testing.assert_array_equal(bitmap.bits, expected)


@settings(deadline=None)  # the first example compiles
@given(seed=seeds, position=positions)
def test_clear_below(seed: int, position: int) -> None:
    bitmap = Bitmap(seed)
    expected = bitmap.bits
    clear_below(bitmap.address, position)
    expected[:position] = 0
    np.testing.assert_array_equal(bitmap.bits, expected)


@settings(deadline=None)  # the first example compiles
@given(seed=seeds, position=st.integers(-12, SIZE - 1))
def test_clear_64_from(seed: int, position: int) -> None:
    bitmap = Bitmap(seed)
    before = bitmap.bits
    clear_64_from(bitmap.address, position)
    first = max(position, 0)
    np.testing.assert_array_equal(bitmap.bits[:first], before[:first])
    assert not bitmap.bits[first : first + 64].any()
    np.testing.assert_array_equal(bitmap.bits[first + 128 :], before[first + 128 :])
