"""Bitmaps with one bit per byte of a block, given by their address.

A bitmap of n bits takes ``bitmap_bytes(n)``: 16 words more than its bits, because they are read and
written several words at a time. What stands behind the n bits has no meaning.
"""

import numpy as np

from jfjoch.kernels._bitmap_words import (
    WORDS_AT_A_TIME,
    are_512_set,
    clear_bits_from,
    set_bits_from,
)
from jfjoch.kernels._intrinsics import load_byte, load_word, store_word, trailing_zeros
from jfjoch.kernels._jit import kernel_part

_WORD_BYTES = 8
_WORD_BITS = 64


def bitmap_bytes(bits: int) -> int:
    """Return the bytes to reserve."""
    return _WORD_BYTES * (bits // _WORD_BITS + 2 * WORDS_AT_A_TIME)


@kernel_part
def next_set(bitmap: int, position: int) -> int:
    """Return the first position from there on whose bit is set; there must be one."""
    bits = set_bits_from(bitmap, position)
    while bits == 0:
        position = _behind_load(position)
        bits = set_bits_from(bitmap, position)
    found: int = position + trailing_zeros(bits)
    return found


@kernel_part
def next_clear(bitmap: int, position: int) -> int:
    """Return the first position from there on whose bit is clear; there must be one."""
    bits = clear_bits_from(bitmap, position)
    while bits == 0:
        position = _behind_load(position)
        while are_512_set(bitmap, position):
            position += 512
        bits = clear_bits_from(bitmap, position)
    found: int = position + trailing_zeros(bits)
    return found


@kernel_part
def _behind_load(position: int) -> int:
    """Return the first bit behind the 8 bytes that begin with the byte of ``position``."""
    return (position | 7) + (_WORD_BITS - 7)


@kernel_part
def is_set(bitmap: int, position: int) -> bool:
    """Return one bit."""
    bit: int = (load_byte(bitmap + (position >> 3)) >> (position & 7)) & 1
    return bit == 1


@kernel_part
def set_bit(bitmap: int, position: int) -> None:
    """Set one bit."""
    place = _place(bitmap, position)
    store_word(place, load_word(place) | (_low_bits(position) + np.uint64(1)))


@kernel_part
def clear_below(bitmap: int, position: int) -> None:
    """Clear all bits before ``position``."""
    end = _place(bitmap, position)
    for place in range(bitmap, end, _WORD_BYTES):
        store_word(place, np.uint64(0))
    store_word(end, load_word(end) & ~_low_bits(position))


@kernel_part
def clear_64_from(bitmap: int, position: int) -> None:
    """Clear at least 64 bits from ``position`` on, from the beginning where it is negative."""
    first = max(position, 0)
    place = _place(bitmap, first)
    store_word(place, load_word(place) & _low_bits(first))
    store_word(place + _WORD_BYTES, np.uint64(0))


@kernel_part
def _place(bitmap: int, position: int) -> int:
    """Return the address of the word that holds the bit."""
    return bitmap + _WORD_BYTES * (position // _WORD_BITS)


@kernel_part
def _low_bits(position: int) -> np.uint64:
    """Return a word with the bits set that stand below that bit in its word."""
    return (np.uint64(1) << np.uint64(position % _WORD_BITS)) - np.uint64(1)
