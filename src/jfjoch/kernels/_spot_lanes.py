"""Many pixels of an image at once, of any type, as spot finding wants them.

Pixels of an unsigned type have their highest bit turned over (``flip``), which makes them numbers
of the signed type in the same order; ``flip`` is then added to what they count. Counts are cut at
``MOST_COUNTS`` where they are squared.
"""

from typing import Any

from llvmlite import ir
from numba.core import cgutils

from jfjoch.kernels._intrinsics import (
    BYTE,
    INT,
    INT64,
    NONE,
    SHORT,
    UINT64,
    WORD,
    Emitter,
    instruction,
    load,
    plus,
    splat,
    store,
    vector,
)

MOST_COUNTS = 1 << 26
"""So that 31 x 31 squares fit into 63 bits."""
_GROUP = 64


def everywhere(builder: Any, value: Any, kind: Any) -> Any:
    """Emit a vector of that type with the low bits of an int64 in all lanes."""
    if kind.element != WORD:
        value = builder.trunc(value, kind.element)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, INT(0))
    return builder.shuffle_vector(first, first, splat(vector(INT, kind.count), 0))


def flipped(builder: Any, address: Any, flip: Any, kind: Any) -> Any:
    """Emit a load of pixels, flipped."""
    pixels = load(builder, address, kind)
    return builder.xor(pixels, everywhere(builder, flip, kind))


def counts_of(builder: Any, pixels: Any, flip: Any) -> Any:
    """Emit the counts in lanes wide enough for them: 32 bits, or 64 of pixels of 32."""
    wide = WORD if pixels.type.element == INT else INT
    kind = vector(wide, pixels.type.count)
    counts = builder.add(builder.sext(pixels, kind), everywhere(builder, flip, kind))
    if wide == INT:
        return counts
    most = splat(kind, MOST_COUNTS)
    counts = builder.select(builder.icmp_signed(">", counts, most), most, counts)
    least = splat(kind, -MOST_COUNTS)
    return builder.select(builder.icmp_signed("<", counts, least), least, counts)


def usable(builder: Any, pixels: Any, error: Any, saturated: Any) -> Any:
    """Emit where flipped pixels are neither of two values, flipped too."""
    kind = pixels.type
    no_error = builder.icmp_signed("!=", pixels, everywhere(builder, error, kind))
    not_full = builder.icmp_signed("!=", pixels, everywhere(builder, saturated, kind))
    return builder.and_(no_error, not_full)


def _pixels_from(lane: Any) -> Emitter:
    def emit(builder: Any, address: Any, least: Any, saturated: Any, flip: Any) -> Any:
        kind = vector(lane, _GROUP)
        pixels = flipped(builder, address, flip, kind)
        enough = builder.icmp_signed(">=", pixels, everywhere(builder, least, kind))
        not_full = builder.icmp_signed("!=", pixels, everywhere(builder, saturated, kind))
        return builder.bitcast(builder.and_(enough, not_full), WORD)

    return emit


def _unpack(lane: Any) -> Emitter:
    def emit(
        builder: Any,
        address: Any,
        bits: Any,
        error: Any,
        saturated: Any,
        flip: Any,
        counts: Any,
        valid: Any,
    ) -> Any:
        pixels = flipped(builder, address, flip, vector(lane, _GROUP))
        chosen = builder.bitcast(bits, vector(ir.IntType(1), _GROUP))
        chosen = builder.and_(chosen, usable(builder, pixels, error, saturated))
        values = counts_of(builder, pixels, flip)
        values = builder.select(chosen, values, splat(values.type, 0))
        kind = vector(INT, _GROUP)
        store(builder, values if lane != INT else builder.trunc(values, kind), counts)
        store(builder, builder.zext(chosen, kind), valid)

    return emit


_UNPACKED = NONE, INT64, UINT64, *(INT64,) * 5
pixels_from_8 = instruction(UINT64, *(INT64,) * 4)(_pixels_from(BYTE))
"""A bit for each of 64 pixels that is ``least`` or more, both flipped, and not saturated."""
pixels_from_16 = instruction(UINT64, *(INT64,) * 4)(_pixels_from(SHORT))
pixels_from_32 = instruction(UINT64, *(INT64,) * 4)(_pixels_from(INT))
unpack_8 = instruction(*_UNPACKED)(_unpack(BYTE))
"""Write counts and validity (1 or 0) of 64 pixels as int32; the count of an invalid one is 0."""
unpack_16 = instruction(*_UNPACKED)(_unpack(SHORT))
unpack_32 = instruction(*_UNPACKED)(_unpack(INT))


@instruction(UINT64, INT64)
def nonzero_bytes(builder: Any, address: Any) -> Any:
    """One bit for each of 64 bytes, set where it is not 0."""
    kind = vector(BYTE, _GROUP)
    return builder.bitcast(
        builder.icmp_unsigned("!=", load(builder, address, kind), splat(kind, 0)), WORD
    )


@instruction(UINT64, INT64, INT64)
def bits_from(builder: Any, bitmap: Any, position: Any) -> Any:
    """The 64 bits from ``position`` on; a word behind them is read too."""
    byte = builder.add(bitmap, builder.shl(builder.lshr(position, WORD(6)), WORD(3)))
    low, high = load(builder, byte, WORD), load(builder, plus(builder, byte, 8), WORD)
    kind = ir.FunctionType(WORD, [WORD, WORD, WORD])
    shift = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
        builder.module, kind, "llvm.fshr.i64"
    )
    return builder.call(shift, [high, low, position])


@instruction(INT64, UINT64)
def set_bits(builder: Any, word: Any) -> Any:
    """How many bits are set."""
    return builder.ctpop(word)


def _load_signed(lane: Any) -> Emitter:
    def emit(builder: Any, address: Any) -> Any:
        value = builder.load(builder.inttoptr(address, lane.as_pointer()), align=1)
        return builder.sext(value, WORD)

    return emit


load_8 = instruction(INT64, INT64)(_load_signed(BYTE))
"""A pixel as a number of the signed type."""
load_16 = instruction(INT64, INT64)(_load_signed(SHORT))
load_32 = instruction(INT64, INT64)(_load_signed(INT))
