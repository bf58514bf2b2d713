"""Machine operations on raw pixels in memory: fetch ahead, find those that are not in G0."""

from typing import Any

from llvmlite import ir

from jfjoch.kernels._intrinsics import (
    BYTE,
    INT,
    INT64,
    NONE,
    SHORT,
    UINT64,
    instruction,
    load,
    splat,
    vector,
)

_WORDS = 64
_GAIN_BITS = 0xC000
_READ, _ALL_LEVELS, _DATA = INT(0), INT(3), INT(1)


@instruction(NONE, INT64)
def prefetch_line(builder: Any, address: Any) -> None:
    """Have the cache line of that address fetched; any address will do, it is only a hint."""
    pointer = BYTE.as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [pointer, INT, INT, INT])
    prefetch = builder.module.declare_intrinsic("llvm.prefetch", [pointer], kind)
    builder.call(prefetch, [builder.inttoptr(address, pointer), _READ, _ALL_LEVELS, _DATA])


@instruction(UINT64, INT64)
def words_with_gain_bits(builder: Any, address: Any) -> Any:
    """One bit for each of 64 raw pixels: set where one of the two upper bits of the word is."""
    words = load(builder, address, vector(SHORT, _WORDS))
    stage = builder.and_(words, splat(words.type, _GAIN_BITS))
    return builder.bitcast(
        builder.icmp_unsigned("!=", stage, splat(words.type, 0)), ir.IntType(_WORDS)
    )
