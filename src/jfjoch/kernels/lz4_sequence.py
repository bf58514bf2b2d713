"""Sequences of the LZ4 block format (LZ4 Block Format Description, github.com/lz4/lz4, doc/).

A sequence is some literal bytes, then a match: bytes to copy from ``offset`` bytes before. Copies
go in pieces of fixed size: up to 64 bytes behind what is written are overwritten, up to 64 behind
the literals are read. Addresses everywhere; the functions return where they ended.
"""

import numpy as np

from jfjoch.kernels._intrinsics import (
    copy_16_bytes,
    copy_64_bytes,
    store_32_ones,
    store_byte,
    store_short,
)
from jfjoch.kernels._jit import kernel_part

SHORTEST_MATCH = 4
SLACK_BYTES = 64
"""To be reserved behind destination and source."""
_IN_TOKEN = 15
"""Half of a token: from this length on, the rest follows in bytes of its own."""


@kernel_part
def write_sequence(literals: int, count: int, offset: int, length: int, destination: int) -> int:
    """Write ``count`` literals and a match of ``length`` >= 4 bytes; both at most 8190."""
    end = _write_literals(literals, count, destination)
    store_short(end, offset)
    end += 2
    rest = length - SHORTEST_MATCH
    store_byte(destination, min(count, _IN_TOKEN) << 4 | min(rest, _IN_TOKEN))
    return _write_length(rest, end) if rest >= _IN_TOKEN else end


@kernel_part
def write_last_literals(literals: int, count: int, destination: int) -> int:
    """Write the end of a block: ``count`` literals and no match."""
    store_byte(destination, min(count, _IN_TOKEN) << 4)
    return _write_literals(literals, count, destination)


@kernel_part
def _write_literals(literals: int, count: int, token: int) -> int:
    """Write length and bytes of literals behind the place of their token."""
    begin = _write_length(count, token + 1) if count >= _IN_TOKEN else token + 1
    copy_16_bytes(literals, begin)
    for done in range(16, count, 64):
        copy_64_bytes(literals + done, begin + done)
    return begin + count


@kernel_part
def _write_length(length: int, destination: int) -> int:
    """Write what a token can't hold of a length up to 8190: bytes of 255, then a smaller one."""
    rest = length - _IN_TOKEN
    full = np.int64(np.uint64(rest) // np.uint64(255))
    store_32_ones(destination)
    store_byte(destination + full, rest - 255 * full)
    return int(destination + full + 1)
