"""Bit planes of 512 pixels at a time, as LLVM IR.

Per byte of a pixel: 8 x 64 bytes are fetched, in each word a matrix of 8 x 8 bits is transposed,
then the 8 x 8 bytes, then the 8 x 8 words of the eight vectors, so that each plane is one store of
64 bytes.

Bytes that are 0 in all 512 pixels, nearly all but the lowest in images of counts, are left out:
their planes are 0, and not even written where they are 0 already. Whether they are is found in
passing, while the planes of the lowest byte are made.
"""

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

from jfjoch.kernels._bit_matrices import BEST, LANES, WORDS, BitTransposition
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


def spread_pixels(pixel_bytes: int, bits: BitTransposition) -> Callable[..., Any]:
    """Return ``(source, destination, plane_bytes, stale_planes)``, to be called from kernels.

    It writes the bit planes of 512 pixels at the address ``source``: plane b gets 64 bytes at
    ``destination + b * plane_bytes``, the lowest bit of a byte from the first of 8 pixels. It
    returns the bits that are set in any of the pixels. ``stale_planes`` is clear only for planes
    that are 0 there already.
    """
    kind = vector(ir.IntType(8 * pixel_bytes), LANES)

    def spread(
        builder: Any, source: Any, destination: Any, plane_bytes: Any, stale_planes: Any
    ) -> Any:
        planes, pixels = _planes_of_byte(builder, source, kind, 0, bits)
        _store_planes(builder, planes, destination, plane_bytes)
        any_bits = _any_bits(builder, pixels)
        for byte in range(1, pixel_bytes):
            distance = builder.mul(plane_bytes, ir.Constant(WORD, 8 * byte))
            place = builder.add(destination, distance)
            with builder.if_else(_has_bits_of_byte(builder, any_bits, byte)) as (then, otherwise):
                with then:
                    planes, _ = _planes_of_byte(builder, source, kind, byte, bits)
                    _store_planes(builder, planes, place, plane_bytes)
                with otherwise, builder.if_then(_has_bits_of_byte(builder, stale_planes, byte)):
                    _store_planes(builder, [splat(WORDS, 0)] * 8, place, plane_bytes)
        return builder.zext(any_bits, WORD)

    return instruction(INT64, INT64, INT64, INT64, INT64)(spread)


def _store_planes(builder: Any, planes: list[Any], destination: Any, plane_bytes: Any) -> None:
    """Store 64 bytes of each of the 8 planes of a byte."""
    for number, plane in enumerate(planes):
        distance = builder.mul(plane_bytes, ir.Constant(WORD, number))
        store(builder, plane, builder.add(destination, distance))


def _has_bits_of_byte(builder: Any, bits: Any, byte: int) -> Any:
    of_byte = builder.and_(bits, ir.Constant(bits.type, 255 << 8 * byte))
    return builder.icmp_unsigned("!=", of_byte, ir.Constant(bits.type, 0))


def _any_bits(builder: Any, lanes: Any) -> Any:
    """Bits set in any lane."""
    count = lanes.type.count
    while count > 1:
        count //= 2
        lower = select_lanes(builder, lanes, lanes, range(count))
        upper = select_lanes(builder, lanes, lanes, range(count, 2 * count))
        lanes = builder.or_(lower, upper)
    return builder.extract_element(lanes, ir.Constant(INT, 0))


def _planes_of_byte(
    builder: Any, source: Any, kind: Any, byte: int, bits: BitTransposition
) -> tuple[list[Any], Any]:
    """8 planes of 64 bytes, and all pixels together by "or"."""
    rows, together = [], splat(kind, 0)
    pixel_bytes = kind.element.width // 8
    for first in range(0, GROUP_PIXELS, LANES):
        pixels = load(builder, plus(builder, source, first * pixel_bytes), kind)
        together = builder.or_(together, pixels)
        column = _byte_of_pixels(builder, pixels, byte, bits.row_order)
        rows.append(_transposed_bytes(builder, bits.transpose(builder, column)))
    return _transposed_words(builder, rows), together


def _byte_of_pixels(builder: Any, pixels: Any, byte: int, order: Sequence[int]) -> Any:
    """One byte of each of 64 pixels. Of four, in two steps: permutations take two registers."""
    pixel_bytes = pixels.type.element.width // 8
    if pixel_bytes == 4:
        halves = builder.bitcast(pixels, vector(SHORT, 2 * LANES))
        pixels = select_lanes(builder, halves, halves, range(byte // 2, 2 * LANES, 2))
        pixel_bytes, byte = 2, byte % 2
    column = builder.bitcast(pixels, vector(BYTE, pixel_bytes * LANES))
    return select_lanes(builder, column, column, [pixel_bytes * pixel + byte for pixel in order])


def _transposed_bytes(builder: Any, matrix: Any) -> Any:
    """8 x 8 bytes: word b holds byte b of all words."""
    order = [8 * (place % 8) + place // 8 for place in range(LANES)]
    return builder.bitcast(select_lanes(builder, matrix, matrix, order), WORDS)


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


spread_pixels_of_1_byte = spread_pixels(1, BEST)
spread_pixels_of_2_bytes = spread_pixels(2, BEST)
spread_pixels_of_4_bytes = spread_pixels(4, BEST)
