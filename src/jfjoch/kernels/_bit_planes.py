"""Bit planes of 512 pixels at a time, as LLVM IR.

Per byte of a pixel: 8 x 64 bytes are fetched, in each word a matrix of 8 x 8 bits is transposed,
then the 8 x 8 bytes, then the 8 x 8 words of the eight vectors, so that each plane is one store of
64 bytes. Shifts, masks and permutations only, at which every processor is good.

Bytes that are 0 in all 512 pixels, nearly all but the lowest in images of counts, are left out:
their planes are 0. For int32 that doubles the speed.
"""

import functools
from collections.abc import Callable
from typing import Any

from llvmlite import ir

from jfjoch.kernels._intrinsics import (
    BYTE,
    INT,
    INT64,
    SHORT,
    WORD,
    instruction,
    load,
    plus,
    select_lanes,
    splat,
    store,
    vector,
)

GROUP_PIXELS = 512
_LANES = 64
"""Pixels of a vector, one byte of each."""
_BYTES, _WORDS = vector(BYTE, _LANES), vector(WORD, 8)
_SWAPS = ((7, 0x00AA00AA00AA00AA), (14, 0x0000CCCC0000CCCC), (28, 0x00000000F0F0F0F0))
"""Swaps that transpose 8 x 8 bits: distance, lower bits (Warren, Hacker's Delight, 7-3)."""


def _spread(pixel_bytes: int) -> Callable[..., Any]:
    def spread(builder: Any, source: Any, destination: Any, plane_bytes: Any) -> Any:
        any_bits = _any_bits(builder, source, pixel_bytes)
        for byte in range(pixel_bytes):
            planes = [
                builder.add(destination, builder.mul(plane_bytes, ir.Constant(WORD, plane)))
                for plane in range(8 * byte, 8 * byte + 8)
            ]
            used = builder.and_(any_bits, ir.Constant(any_bits.type, 255 << 8 * byte))
            is_used = builder.icmp_unsigned("!=", used, ir.Constant(used.type, 0))
            with builder.if_else(is_used) as (then, otherwise):
                with then:
                    rows = _planes_of_byte(builder, source, pixel_bytes, byte)
                    for row, plane in zip(rows, planes, strict=True):
                        store(builder, row, plane)
                with otherwise:
                    for plane in planes:
                        store(builder, splat(_WORDS, 0), plane)
        return builder.zext(any_bits, WORD)

    return instruction(INT64, INT64, INT64, INT64)(spread)


def _any_bits(builder: Any, source: Any, pixel_bytes: int) -> Any:
    """Bits set in any of the pixels."""
    kind = vector(ir.IntType(8 * pixel_bytes), _LANES // pixel_bytes)
    vectors = [
        load(builder, plus(builder, source, begin), kind)
        for begin in range(0, GROUP_PIXELS * pixel_bytes, _LANES)
    ]
    together = functools.reduce(builder.or_, vectors)
    lanes = kind.count
    while lanes > 1:
        lanes //= 2
        lower = select_lanes(builder, together, together, range(lanes))
        upper = select_lanes(builder, together, together, range(lanes, 2 * lanes))
        together = builder.or_(lower, upper)
    return builder.extract_element(together, ir.Constant(INT, 0))


def _planes_of_byte(builder: Any, source: Any, pixel_bytes: int, byte: int) -> list[Any]:
    """8 planes of 64 bytes."""
    rows = []
    for first_pixel in range(0, GROUP_PIXELS, _LANES):
        pixels = plus(builder, source, first_pixel * pixel_bytes)
        rows.append(_planes_of_vector(builder, _byte_of_pixels(builder, pixels, pixel_bytes, byte)))
    return _transposed_words(builder, rows)


def _byte_of_pixels(builder: Any, source: Any, pixel_bytes: int, byte: int) -> Any:
    """One byte of each of 64 pixels. Of four, in two steps: permutations take two registers."""
    if pixel_bytes == 4:
        halves = load(builder, source, vector(SHORT, 2 * _LANES))
        half = select_lanes(builder, halves, halves, range(byte // 2, 2 * _LANES, 2))
        pixels = builder.bitcast(half, vector(BYTE, 2 * _LANES))
        return select_lanes(builder, pixels, pixels, range(byte % 2, 2 * _LANES, 2))
    pixels = load(builder, source, vector(BYTE, _LANES * pixel_bytes))
    return select_lanes(builder, pixels, pixels, range(byte, _LANES * pixel_bytes, pixel_bytes))


def _planes_of_vector(builder: Any, column: Any) -> Any:
    """64 bytes to 8 words: word b holds bit b of all bytes."""
    words = builder.bitcast(column, _WORDS)
    for distance, lower in _SWAPS:
        shifts = splat(_WORDS, distance)
        changed = builder.xor(words, builder.lshr(words, shifts))
        changed = builder.and_(changed, splat(_WORDS, lower))
        words = builder.xor(words, builder.xor(changed, builder.shl(changed, shifts)))
    matrix = builder.bitcast(words, _BYTES)
    order = [8 * (place % 8) + place // 8 for place in range(_LANES)]
    return builder.bitcast(select_lanes(builder, matrix, matrix, order), _WORDS)


def _transposed_words(builder: Any, rows: list[Any]) -> list[Any]:
    """8 x 8 words: blocks of 1, 2, then 4 words beside the diagonal change places."""
    for step in (1, 2, 4):
        upper = [8 + place - step if place & step else place for place in range(8)]
        lower = [8 + place if place & step else place + step for place in range(8)]
        mixed = list(rows)
        for row in (row for row in range(8) if not row & step):
            pair = rows[row], rows[row + step]
            mixed[row] = select_lanes(builder, *pair, upper)
            mixed[row + step] = select_lanes(builder, *pair, lower)
        rows = mixed
    return rows


spread_pixels_of_1_byte = _spread(1)
"""``(source, destination, plane_bytes)``: write the bit planes of 512 pixels.

Plane b gets 64 bytes at ``destination + b * plane_bytes``, the lowest bit of a byte from the first
of 8 pixels. Returns the bits that are set in any of the pixels.
"""
spread_pixels_of_2_bytes = _spread(2)
"""The same for pixels of 16 bits."""
spread_pixels_of_4_bytes = _spread(4)
"""The same for pixels of 32 bits."""
