"""Machine operations Python has no word for, on memory by its address.

They are emitted as LLVM IR. Vectors have a fixed size there; LLVM cuts them to what the processor
has (AVX-512, AVX2, SSE, NEON), so one form serves all. Addresses, positions and counts are int64,
bit patterns uint64; a mixture of both would become float64 in Numba. Nothing is checked here: who
calls promises that the bytes exist.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

Emitter = Callable[..., Any]
"""Takes an IR builder and values, emits IR, and returns the value of the result."""

BYTE, SHORT, INT, WORD = (ir.IntType(bits) for bits in (8, 16, 32, 64))
INT64, UINT64, NONE = types.int64, types.uint64, types.none


def instruction(result: Any, *parameters: Any) -> Callable[[Emitter], Callable[..., Any]]:
    """Make an emitter a function for kernels, of these Numba types."""

    def decorate(emit: Emitter) -> Callable[..., Any]:
        def typed(_typing_context: Any, *_arguments: Any) -> tuple[Any, Emitter]:
            def generate(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
                emitted = emit(builder, *values)
                return context.get_dummy_value() if result is NONE else emitted

            return result(*parameters), generate

        # Numba counts the arguments here; ``builder`` stands in the place of the context.
        typed.__signature__ = inspect.signature(emit)  # type: ignore[attr-defined]
        typed.__name__, typed.__doc__ = emit.__name__, emit.__doc__
        function: Callable[..., Any] = intrinsic(typed)
        return function

    return decorate


def vector(lane: Any, lanes: int) -> Any:
    """Type of a vector."""
    return ir.VectorType(lane, lanes)


def splat(kind: Any, value: int) -> Any:
    """Constant vector of that type, the same in all lanes."""
    return ir.Constant(kind, [value] * kind.count)


def plus(builder: Any, address: Any, distance: int) -> Any:
    """Emit the sum of an address and a constant."""
    return builder.add(address, ir.Constant(WORD, distance))


def load(builder: Any, address: Any, kind: Any) -> Any:
    """Emit a load at any alignment."""
    return builder.load(builder.inttoptr(address, kind.as_pointer()), align=1)


def store(builder: Any, value: Any, address: Any) -> None:
    """Emit a store at any alignment."""
    builder.store(value, builder.inttoptr(address, value.type.as_pointer()), align=1)


def select_lanes(builder: Any, first: Any, second: Any, lanes: Sequence[int]) -> Any:
    """Emit a vector of the lanes with these numbers, which count through both vectors."""
    places = ir.Constant(vector(INT, len(lanes)), list(lanes))
    return builder.shuffle_vector(first, second, places)


@instruction(INT64, INT64)
def load_byte(builder: Any, address: Any) -> Any:
    """0 to 255."""
    return builder.zext(load(builder, address, BYTE), WORD)


@instruction(UINT64, INT64)
def load_word(builder: Any, address: Any) -> Any:
    """8 bytes."""
    return load(builder, address, WORD)


@instruction(NONE, INT64, INT64)
def store_byte(builder: Any, address: Any, value: Any) -> None:
    """The lowest byte of ``value``."""
    store(builder, builder.trunc(value, BYTE), address)


@instruction(NONE, INT64, INT64)
def store_short(builder: Any, address: Any, value: Any) -> None:
    """The lowest 2 bytes of ``value``, little endian."""
    store(builder, builder.trunc(value, SHORT), address)


@instruction(NONE, INT64, INT64)
def store_int(builder: Any, address: Any, value: Any) -> None:
    """The lowest 4 bytes of ``value``, little endian."""
    store(builder, builder.trunc(value, INT), address)


@instruction(NONE, INT64, INT64)
def store_big_endian_int(builder: Any, address: Any, value: Any) -> None:
    """The lowest 4 bytes of ``value``, big endian."""
    store(builder, builder.bswap(builder.trunc(value, INT)), address)


@instruction(NONE, INT64, UINT64)
def store_word(builder: Any, address: Any, word: Any) -> None:
    """8 bytes."""
    store(builder, word, address)


@instruction(NONE, INT64)
def store_32_ones(builder: Any, address: Any) -> None:
    """32 bytes of 255."""
    store(builder, splat(vector(BYTE, 32), 255), address)


@instruction(NONE, INT64, INT64)
def copy_16_bytes(builder: Any, source: Any, destination: Any) -> None:
    """All are read before any is written."""
    store(builder, load(builder, source, vector(BYTE, 16)), destination)


@instruction(NONE, INT64, INT64)
def copy_64_bytes(builder: Any, source: Any, destination: Any) -> None:
    """All are read before any is written."""
    store(builder, load(builder, source, vector(BYTE, 64)), destination)


@instruction(NONE, INT64, INT64)
def copy_line_past_cache(builder: Any, source: Any, destination: Any) -> None:
    """Copy 64 bytes to memory that is not read soon; ``destination`` is divisible by 64.

    ``complete_writes`` before another thread may read them.
    """
    line = load(builder, source, vector(BYTE, 64))
    pointer = builder.inttoptr(destination, line.type.as_pointer())
    written = builder.store(line, pointer, align=64)
    written.set_metadata("nontemporal", builder.module.add_metadata([INT(1)]))


@instruction(NONE, INT64, INT64)
def widen_64_bytes(builder: Any, source: Any, destination: Any) -> None:
    """Write 64 bytes as numbers of 16 bits."""
    numbers = load(builder, source, vector(BYTE, 64))
    store(builder, builder.zext(numbers, vector(SHORT, 64)), destination)


@instruction(NONE)
def complete_writes(builder: Any) -> None:
    """Let all that was written be seen by other threads before what is written from now on."""
    builder.fence("seq_cst")


@instruction(INT64, UINT64)
def trailing_zeros(builder: Any, word: Any) -> Any:
    """Position of the lowest bit that is set; ``word`` is not 0."""
    return builder.cttz(word, ir.Constant(ir.IntType(1), 1))
