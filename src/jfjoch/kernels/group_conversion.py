"""64 raw pixels to pixels of an image, as if all were in G0, in the registers of the processor.

In LLVM IR, because a loop over them would be vectorised with a question before every group,
whether its arrays overlap, and would narrow counts without the instructions that saturate.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.extending import intrinsic

from jfjoch.kernels._intrinsics import (
    INT,
    INT64,
    SHORT,
    UINT64,
    WORD,
    load,
    plus,
    splat,
    store,
    vector,
)

GROUP_PIXELS = 64
"""Converted at a time. With larger groups the hardware sees two streams in the tables, not one,
and fetches less ahead: 256 take 1.7 times as long."""
GAIN_BITS = 0xC000
ALMOST_HALF = np.nextafter(np.float32(0.5), np.float32(0))

_WORDS, _COUNTS = vector(SHORT, GROUP_PIXELS), vector(INT, GROUP_PIXELS)
_FLOATS = vector(ir.FloatType(), GROUP_PIXELS)
_LOWEST = -(2**31)


def _convert_group(
    _typing_context: Any, raw: Any, g0: Any, place: Any, image: Any, output: Any
) -> tuple[Any, Any]:
    """Write 64 pixels to address ``place``; return a bit for each one that is not in G0.

    ``raw`` and ``g0`` are the addresses of 64 words, and of 64 pedestals and then 64 reciprocals.
    Of the array ``image`` only the type of its pixels is used. The same as ``fit(g0_count(...))``.
    """
    lane = ir.IntType(image.dtype.bitwidth)

    def generate(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        raw, g0, place, _, output = values
        words = load(builder, raw, _WORDS)
        counts = _g0_counts(builder, words, g0)
        limit, saturated, below, error = (builder.extract_value(output, i) for i in range(4))
        signed = builder.icmp_signed("==", below, error)
        with builder.if_else(signed) as (then, otherwise):
            with then:
                pixels = _as_signed(builder, counts, lane, (limit, saturated, below))
                store(builder, pixels, place)
            with otherwise:
                fitting = _fitted(builder, counts, (limit, saturated, below, error))
                store(builder, _cut(builder, fitting, lane), place)
        return _not_in_g0(builder, words)

    return UINT64(INT64, INT64, INT64, image, output), generate


convert_group: Callable[..., np.uint64] = intrinsic(_convert_group)


def _not_in_g0(builder: Any, words: Any) -> Any:
    stage = builder.and_(words, splat(_WORDS, GAIN_BITS))
    return builder.bitcast(builder.icmp_unsigned("!=", stage, splat(_WORDS, 0)), WORD)


def _g0_counts(builder: Any, words: Any, g0: Any) -> Any:
    """Round half away from zero: add not quite a half away from it, then cut.

    Where 0.5 would lift 0.49999997 to 1, this does not, and from a half on the sum is rounded up
    to the next integer.
    """
    adc = builder.sitofp(builder.zext(words, _COUNTS), _FLOATS)
    pedestal = load(builder, g0, _FLOATS)
    reciprocal = load(builder, plus(builder, g0, 4 * GROUP_PIXELS), _FLOATS)
    exact = builder.fmul(builder.fsub(adc, pedestal), reciprocal)
    sign = builder.and_(builder.bitcast(exact, _COUNTS), splat(_COUNTS, _LOWEST))
    half = builder.or_(sign, splat(_COUNTS, int(ALMOST_HALF.view(np.int32))))
    return builder.fptosi(builder.fadd(exact, builder.bitcast(half, _FLOATS)), _COUNTS)


def _as_signed(builder: Any, counts: Any, lane: Any, output: Any) -> Any:
    """Narrow them first, for then a register holds more; ERROR becomes the lowest by itself."""
    top = 2 ** (lane.width - 1) - 1
    if lane.width < INT.width:
        counts = _larger(builder, counts, splat(_COUNTS, -top - 1))
        counts = _smaller(builder, counts, splat(_COUNTS, top))
    pixels = _cut(builder, counts, lane)
    limit, saturated, below = (_everywhere(builder, value, pixels.type) for value in output)
    pixels = _larger(builder, pixels, below)
    return builder.select(builder.icmp_signed(">=", pixels, limit), saturated, pixels)


def _fitted(builder: Any, counts: Any, output: Any) -> Any:
    limit, saturated, below, error = (_everywhere(builder, value, _COUNTS) for value in output)
    pixels = _larger(builder, counts, below)
    pixels = builder.select(builder.icmp_signed(">=", counts, limit), saturated, pixels)
    lost = builder.icmp_signed("==", counts, splat(_COUNTS, _LOWEST))
    return builder.select(lost, error, pixels)


def _larger(builder: Any, first: Any, second: Any) -> Any:
    return builder.select(builder.icmp_signed(">", first, second), first, second)


def _smaller(builder: Any, first: Any, second: Any) -> Any:
    return builder.select(builder.icmp_signed("<", first, second), first, second)


def _cut(builder: Any, counts: Any, lane: Any) -> Any:
    """Keep the low bits."""
    return counts if lane == INT else builder.trunc(counts, vector(lane, GROUP_PIXELS))


def _everywhere(builder: Any, value: Any, kind: Any) -> Any:
    """Emit a vector of that type with an int32 in all its lanes."""
    value = value if kind.element == INT else builder.trunc(value, kind.element)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, INT(0))
    return builder.shuffle_vector(first, first, splat(vector(INT, GROUP_PIXELS), 0))
