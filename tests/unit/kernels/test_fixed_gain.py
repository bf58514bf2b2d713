"""Gain bits of frames with a fixed gain."""

import numpy as np

from jfjoch.kernels.fixed_gain import g1_as_g0
from tests.reference.fixed_gain import words_of_fixed_g1_as_g0


def test_agrees_with_the_slow_twin_for_every_word() -> None:
    """B093."""
    words = np.arange(0x10000, dtype=np.uint16)
    raw = words.copy()
    g1_as_g0(raw)
    np.testing.assert_array_equal(raw, words_of_fixed_g1_as_g0(words))


def test_agrees_with_the_slow_twin_for_random_words_of_any_number() -> None:
    rng = np.random.default_rng(1)
    for size in (1, 7, 63, 64, 65, 1000, 524_288):
        words = rng.integers(0, 0x10000, size, np.uint16)
        raw = words.copy()
        g1_as_g0(raw)
        np.testing.assert_array_equal(raw, words_of_fixed_g1_as_g0(words))
