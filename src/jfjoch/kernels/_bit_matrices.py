"""Transposing 8 x 8 bits in each word of a vector, as LLVM IR.

Byte k of a word is row k, its lowest bit column 0. Processors with AVX-512 and GFNI multiply bit
matrices in one instruction; the others need shifts and masks, 12 instructions in place of one.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from llvmlite import ir
from numba import config
from numba.core.codegen import get_host_cpu_features

from jfjoch.kernels._intrinsics import BYTE, WORD, splat, vector

LANES = 64
"""Bytes of a vector."""
BYTES, WORDS = vector(BYTE, LANES), vector(WORD, LANES // 8)
_SWAPS = ((7, 0x00AA00AA00AA00AA), (14, 0x0000CCCC0000CCCC), (28, 0x00000000F0F0F0F0))
"""Swaps that transpose 8 x 8 bits: distance, lower bits (Warren, Hacker's Delight, 7-3)."""


class BitTransposition(NamedTuple):
    """A way to do it, and the order it wants the rows in."""

    row_order: Sequence[int]
    """Which of the 64 rows comes into which byte: the caller permutes bytes anyway."""
    transpose: Callable[[Any, Any], Any]
    """From a builder and bytes in that order to bytes in the usual one."""


def _by_swaps(builder: Any, rows: Any) -> Any:
    words = builder.bitcast(rows, WORDS)
    for distance, lower in _SWAPS:
        shifts = splat(WORDS, distance)
        changed = builder.xor(words, builder.lshr(words, shifts))
        changed = builder.and_(changed, splat(WORDS, lower))
        words = builder.xor(words, builder.xor(changed, builder.shl(changed, shifts)))
    return builder.bitcast(words, BYTES)


def _by_product(builder: Any, rows: Any) -> Any:
    """The instruction multiplies a matrix with 8 vectors; unit vectors give its columns."""
    kind = ir.FunctionType(BYTES, [BYTES, BYTES, BYTE])
    product = builder.module.declare_intrinsic("llvm.x86.vgf2p8affineqb.512", fnty=kind)
    units = ir.Constant(BYTES, [1 << place % 8 for place in range(LANES)])
    return builder.call(product, [units, rows, ir.Constant(BYTE, 0)])


def has_bit_products() -> bool:
    """Whether code for this process, which Numba may be told to restrict, may use GFNI."""
    # Numba sets its settings at run time only.
    told = config.CPU_FEATURES  # type: ignore[attr-defined]
    features = get_host_cpu_features() if told is None else told  # type: ignore[no-untyped-call]
    return {"+gfni", "+avx512f", "+avx512bw"} <= set(features.split(","))


SWAPS = BitTransposition(range(LANES), _by_swaps)
PRODUCT = BitTransposition([place ^ 7 for place in range(LANES)], _by_product)
"""The instruction counts rows from the last byte of a word."""
BEST = PRODUCT if has_bit_products() else SWAPS
