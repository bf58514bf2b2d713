"""Sums over the window around a pixel, as LLVM IR: 32 pixels of a row at a time."""

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from jfjoch.kernels._intrinsics import (
    BYTE,
    INT,
    INT64,
    SHORT,
    WORD,
    load,
    select_lanes,
    splat,
    vector,
)
from jfjoch.kernels._spot_lanes import counts_of, flipped, usable

WINDOW_LANES = 32
_SUM_LANES = WINDOW_LANES // 2


def _window(lane: Any) -> Any:
    """Make an intrinsic: sum, sum of squares and number of the valid pixels in some rows.

    From ``address`` on 32 pixels of ``rows`` rows, ``pitch`` bytes apart; of them those in
    ``lanes`` (bits) and in the bitmap, whose rows begin at byte ``bits``, shifted by ``shift`` to
    7 bits, ``bits_pitch`` bytes apart.
    """

    def typed(
        _typing_context: Any,
        _address: Any,
        _pitch: Any,
        _rows: Any,
        _lanes: Any,
        _bits: Any,
        _bits_pitch: Any,
        _shift: Any,
        _error: Any,
        _saturated: Any,
        _flip: Any,
    ) -> tuple[Any, Any]:
        result = types.UniTuple(INT64, 3)  # type: ignore[no-untyped-call]

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            sums = _emit_window(builder, lane, *values)
            return context.make_tuple(builder, signature.return_type, sums)

        return result(*(INT64,) * 10), generate

    return intrinsic(typed)


def _emit_window(
    builder: Any,
    lane: Any,
    address: Any,
    pitch: Any,
    rows: Any,
    lanes: Any,
    bits: Any,
    bits_pitch: Any,
    shift: Any,
    error: Any,
    saturated: Any,
    flip: Any,
) -> list[Any]:
    kind = vector(lane, WINDOW_LANES)
    sums = _add_wide if lane == INT else _add_narrow
    total, squares, number = (
        cgutils.alloca_once_value(builder, zero)  # type: ignore[no-untyped-call]
        for zero in (_no_sum(lane), _no_sum(INT), ir.Constant(WORD, 0))
    )
    with cgutils.for_range(builder, rows) as loop:
        word = load(builder, builder.add(bits, builder.mul(loop.index, bits_pitch)), WORD)
        word = builder.trunc(builder.and_(builder.lshr(word, shift), lanes), INT)
        there = builder.add(address, builder.mul(loop.index, pitch))
        pixels = flipped(builder, there, flip, kind)
        chosen = builder.bitcast(word, vector(ir.IntType(1), WINDOW_LANES))
        chosen = builder.and_(chosen, usable(builder, pixels, error, saturated))
        sums(builder, pixels, flip, chosen, total, squares)
        ones = builder.ctpop(builder.bitcast(chosen, INT))
        _add_to(builder, number, builder.zext(ones, WORD))
    counts, all_squares = (_lane_sum(builder, builder.load(memory)) for memory in (total, squares))
    pixels = builder.load(number)
    if lane == INT:
        return [counts, all_squares, pixels]
    return _flipped_back(builder, counts, all_squares, pixels, flip)


def _no_sum(lane: Any) -> Any:
    if lane == INT:
        return splat(vector(WORD, _SUM_LANES), 0)
    return splat(vector(INT, _SUM_LANES), 0)


def _add_narrow(
    builder: Any, pixels: Any, _flip: Any, chosen: Any, total: Any, squares: Any
) -> None:
    """Add pixels of up to 16 bits as they are, flipped: pairs of them and of their squares.

    In this form processors have one operation for multiplying and adding.
    """
    short = vector(SHORT, WINDOW_LANES)
    pixels = pixels if pixels.type == short else builder.sext(pixels, short)
    pixels = builder.select(chosen, pixels, splat(short, 0))
    even, odd = (_every_other(builder, pixels, first) for first in (0, 1))
    _add_to(builder, total, builder.add(even, odd))
    pairs = builder.add(builder.mul(even, even), builder.mul(odd, odd))
    _add_to(builder, squares, builder.zext(pairs, vector(WORD, _SUM_LANES)))


def _add_wide(builder: Any, pixels: Any, flip: Any, chosen: Any, total: Any, squares: Any) -> None:
    """Add counts of pixels of 32 bits."""
    values = counts_of(builder, pixels, flip)
    values = builder.select(chosen, values, splat(values.type, 0))
    even, odd = (_every_other(builder, values, first) for first in (0, 1))
    _add_to(builder, total, builder.add(even, odd))
    _add_to(builder, squares, builder.add(builder.mul(even, even), builder.mul(odd, odd)))


def _every_other(builder: Any, values: Any, first: int) -> Any:
    lanes = select_lanes(builder, values, values, range(first, WINDOW_LANES, 2))
    wide = WORD if values.type.element == WORD else INT
    return lanes if values.type.element == wide else builder.sext(lanes, vector(wide, _SUM_LANES))


def _flipped_back(builder: Any, total: Any, squares: Any, number: Any, flip: Any) -> list[Any]:
    """Emit the sums of v + flip from those of v."""
    all_flips = builder.mul(number, flip)
    mixed = builder.shl(builder.mul(total, flip), WORD(1))
    squares = builder.add(squares, builder.add(mixed, builder.mul(all_flips, flip)))
    return [builder.add(total, all_flips), squares, number]


def _add_to(builder: Any, memory: Any, value: Any) -> None:
    builder.store(builder.add(builder.load(memory), value), memory)


def _lane_sum(builder: Any, values: Any) -> Any:
    wide = vector(WORD, values.type.count)
    values = values if values.type == wide else builder.sext(values, wide)
    name = f"llvm.vector.reduce.add.v{wide.count}i64"
    reduce_add = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
        builder.module, ir.FunctionType(WORD, [wide]), name
    )
    return builder.call(reduce_add, [values])


window_8 = _window(BYTE)
window_16 = _window(SHORT)
window_32 = _window(INT)
