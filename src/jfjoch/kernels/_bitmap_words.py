"""Bitmaps with one bit per byte of a block, as LLVM IR: made and searched 64 bits at a time."""

from typing import Any

from llvmlite import ir

from jfjoch.kernels._intrinsics import (
    BYTE,
    INT64,
    NONE,
    UINT64,
    WORD,
    instruction,
    load,
    plus,
    splat,
    store,
    vector,
)

_BYTES = vector(BYTE, 64)
WORDS_AT_A_TIME = 8
_WORDS = vector(WORD, WORDS_AT_A_TIME)


@instruction(UINT64, INT64, INT64)
def equal_bytes(builder: Any, first: Any, second: Any) -> Any:
    """One bit for each of 64 pairs of bytes, set where both are equal."""
    pair = load(builder, first, _BYTES), load(builder, second, _BYTES)
    return builder.bitcast(builder.icmp_unsigned("==", *pair), WORD)


@instruction(UINT64, INT64)
def zero_bytes(builder: Any, address: Any) -> Any:
    """One bit for each of 64 bytes, set where it is 0."""
    is_zero = builder.icmp_unsigned("==", load(builder, address, _BYTES), splat(_BYTES, 0))
    return builder.bitcast(is_zero, WORD)


@instruction(UINT64, INT64, INT64)
def set_bits_from(builder: Any, bitmap: Any, position: Any) -> Any:
    """The 57 bits or more from ``position`` to the end of an 8-byte load; zeros above."""
    word, shift = _word_at(builder, bitmap, position)
    return builder.lshr(word, shift)


@instruction(UINT64, INT64, INT64)
def clear_bits_from(builder: Any, bitmap: Any, position: Any) -> Any:
    """The same of the inverted bitmap."""
    word, shift = _word_at(builder, bitmap, position)
    return builder.lshr(builder.not_(word), shift)


@instruction(INT64, INT64, INT64)
def are_512_set(builder: Any, bitmap: Any, position: Any) -> Any:
    """1 if the 512 bits from ``position``, a multiple of 8, on are all set, otherwise 0."""
    words = load(builder, builder.add(bitmap, builder.lshr(position, ir.Constant(WORD, 3))), _WORDS)
    set_words = builder.icmp_signed("==", words, splat(_WORDS, -1))
    mask = builder.bitcast(set_words, BYTE)
    return builder.zext(builder.icmp_signed("==", mask, ir.Constant(BYTE, -1)), WORD)


def _word_at(builder: Any, bitmap: Any, position: Any) -> tuple[Any, Any]:
    byte = builder.lshr(position, ir.Constant(WORD, 3))
    return (
        load(builder, builder.add(bitmap, byte), WORD),
        builder.and_(position, ir.Constant(WORD, 7)),
    )


def _runs(builder: Any, bitmap: Any, length: int) -> Any:
    """8 words, set where ``length`` bits from there on are set; reads a word behind them."""
    words = load(builder, bitmap, _WORDS)
    next_words = load(builder, plus(builder, bitmap, 8), _WORDS)
    runs = words
    for shift in range(1, length):
        low = builder.lshr(words, splat(_WORDS, shift))
        high = builder.shl(next_words, splat(_WORDS, 64 - shift))
        runs = builder.and_(runs, builder.or_(low, high))
    return runs


@instruction(NONE, INT64, INT64, INT64, INT64)
def store_lz4_starts(builder: Any, equal: Any, zero: Any, plane: Any, destination: Any) -> None:
    """8 words, set where 4 bits of ``equal`` or ``zero``, or 8 of ``plane``, are set in a row."""
    runs = builder.or_(_runs(builder, equal, 4), _runs(builder, zero, 4))
    store(builder, builder.or_(runs, _runs(builder, plane, 8)), destination)


@instruction(NONE, INT64, INT64)
def store_runs_of_7(builder: Any, bitmap: Any, destination: Any) -> None:
    """8 words, set where 7 bits of ``bitmap`` are set in a row."""
    store(builder, _runs(builder, bitmap, 7), destination)
