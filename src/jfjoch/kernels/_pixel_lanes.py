"""Several pixels of any type at once, in the registers of the processor."""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.extending import intrinsic

from jfjoch.kernels._intrinsics import (
    INT,
    INT64,
    NONE,
    SHORT,
    UINT64,
    WORD,
    load,
    plus,
    select_lanes,
    splat,
    store,
    vector,
)

GROUP_PIXELS = 64
"""As many as a word has bits."""
BATCH_LANES = 16


def _special_pixels(
    _typing_context: Any, image: Any, address: Any, error: Any, saturated: Any
) -> tuple[Any, Any]:
    """Return a bit for each of 64 pixels from ``address`` on that equals one of both values.

    Of the array ``image`` only the type of its pixels is used; of the values their low bits.
    """
    lane = ir.IntType(image.dtype.bitwidth)
    kind = vector(lane, GROUP_PIXELS)

    def generate(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        _, address, error, saturated = values
        pixels = load(builder, address, kind)
        no_error = builder.icmp_unsigned("!=", pixels, _everywhere(builder, error, kind))
        unsaturated = builder.icmp_unsigned("!=", pixels, _everywhere(builder, saturated, kind))
        return builder.not_(builder.bitcast(builder.and_(no_error, unsaturated), WORD))

    return UINT64(image, INT64, INT64, INT64), generate


special_pixels: Callable[..., np.uint64] = intrinsic(_special_pixels)


def _add_to_bins(
    _typing_context: Any, images: Any, address: Any, stride: Any, bins: Any, sums: Any, place: Any
) -> tuple[Any, Any]:
    """Add 16 pixels of 16 images to the sums of their bins.

    ``address`` is that of the first pixel in the first image, from which it is ``stride`` bytes to
    the same one in the next image; ``bins`` that of 16 numbers of bins, 16 bits each; ``place``
    that of the sums: 16, one per image, for each bin, of the type of the array ``sums``. Of the
    arrays only the types are used.
    """
    pixel, total = ir.IntType(images.dtype.bitwidth), ir.IntType(sums.dtype.bitwidth)
    signed = bool(images.dtype.signed)

    def generate(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        _, address, stride, bins, _, place = values
        row_kind, sum_kind = vector(pixel, BATCH_LANES), vector(total, BATCH_LANES)
        rows = []
        for _ in range(BATCH_LANES):
            rows.append(load(builder, address, row_kind))
            address = builder.add(address, stride)
        bin_bytes = ir.Constant(WORD, BATCH_LANES * total.width // 8)
        for lane, column in enumerate(_transposed(builder, rows)):
            number = builder.zext(load(builder, plus(builder, bins, 2 * lane), SHORT), WORD)
            there = builder.add(place, builder.mul(number, bin_bytes))
            wide = column
            if pixel.width < total.width:
                wide = (builder.sext if signed else builder.zext)(column, sum_kind)
            store(builder, builder.add(load(builder, there, sum_kind), wide), there)
        return context.get_dummy_value()

    return NONE(images, INT64, INT64, INT64, sums, INT64), generate


add_to_bins: Callable[..., None] = intrinsic(_add_to_bins)


def _transposed(builder: Any, rows: list[Any]) -> list[Any]:
    """Emit the columns of a square of vectors.

    Mixing the first half of the rows with the second, lane by lane, as often as it takes to halve
    their number down to one.
    """
    size = len(rows)
    half = size // 2
    low = [lane for k in range(half) for lane in (k, size + k)]
    high = [half + lane for lane in low]
    for _ in range(size.bit_length() - 1):
        pairs = list(zip(rows[:half], rows[half:], strict=True))
        rows = [select_lanes(builder, a, b, lanes) for a, b in pairs for lanes in (low, high)]
    return rows


def _everywhere(builder: Any, value: Any, kind: Any) -> Any:
    """Emit a vector of that type with the low bits of an int64 in all its lanes."""
    value = builder.trunc(value, kind.element)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, INT(0))
    return builder.shuffle_vector(first, first, splat(vector(INT, kind.count), 0))
