"""Asking for memory before it is needed."""

from typing import Any

from llvmlite import ir

from jfjoch.kernels._intrinsics import BYTE, INT, INT64, NONE, instruction

_READ, _ONCE, _ALL_LEVELS, _DATA = INT(0), INT(0), INT(3), INT(1)


@instruction(NONE, INT64)
def prefetch_line(builder: Any, address: Any) -> None:
    """Have the cache line of that address fetched; any address will do, it is only a hint."""
    _prefetch(builder, address, _ALL_LEVELS)


@instruction(NONE, INT64)
def prefetch_line_once(builder: Any, address: Any) -> None:
    """Have it fetched for a single use: it pushes nothing out of the outer caches."""
    _prefetch(builder, address, _ONCE)


@instruction(NONE, INT64)
def prefetch_line_to_write(builder: Any, address: Any) -> None:
    """Have it fetched to be written."""
    _prefetch(builder, address, _ALL_LEVELS, INT(1))


def _prefetch(builder: Any, address: Any, locality: Any, use: Any = _READ) -> None:
    pointer = BYTE.as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [pointer, INT, INT, INT])
    prefetch = builder.module.declare_intrinsic("llvm.prefetch", [pointer], kind)
    builder.call(prefetch, [builder.inttoptr(address, pointer), use, locality, _DATA])
