"""LZ4 blocks of bit planes, without a hash table.

Bit planes of counts are mostly zeros. Three kinds of matches catch nearly all a search for
arbitrary ones would find: runs of one byte (offset 1), runs of zeros as copies of an earlier run,
which saves the literal zero before an offset of 1, and bytes equal to those of the plane before
(sign bits, masks of -1). Where they are is read from bitmaps. Any LZ4 decoder reads the result.
"""

from typing import NamedTuple

from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels.bitmap import is_set, next_clear, next_set
from jfjoch.kernels.lz4_bitmaps import Bitmaps, mark_bitmaps
from jfjoch.kernels.lz4_sequence import SHORTEST_MATCH, write_last_literals, write_sequence


class _Zeros(NamedTuple):
    """Longest run of zeros so far."""

    begin: int
    length: int


@kernel
def encode_lz4_block(
    block: int, size: int, plane_bytes: int, used_planes: int, bitmaps: int, destination: int
) -> int:
    """Compress ``size`` <= 8192 bytes, whole bit planes; return where the LZ4 block ended.

    Addresses, and what ``used_planes`` means, as for ``mark_bitmaps``. Writes at most
    ``size + size // 255 + 16`` bytes, and leaves up to 64 behind them in any state.
    """
    maps = mark_bitmaps(block, size, plane_bytes, used_planes, bitmaps)
    zeros = _Zeros(0, 0)
    done = 0
    position = next_set(maps.start, 0)
    while position < size:
        zero_end = next_clear(maps.zero, position)
        begin, end, offset = _match(maps, position, zero_end, plane_bytes, zeros)
        zeros = _longer(zeros, position, zero_end)
        if end - begin >= SHORTEST_MATCH:
            destination = write_sequence(
                block + done, begin - done, offset, end - begin, destination
            )
            done = end
        position = next_set(maps.start, max(done, position + 1))
    return write_last_literals(block + done, size - done, destination)


@kernel_part
def _match(
    maps: Bitmaps, position: int, zero_end: int, plane_bytes: int, zeros: _Zeros
) -> tuple[int, int, int]:
    """Return begin, end and offset of the best match at ``position`` or one byte behind it."""
    begin, end, offset = position, zero_end, 1
    if zero_end == position:
        end = next_clear(maps.equal, position)
    elif not is_set(maps.equal, position):
        if end - position <= zeros.length:
            offset = position - zeros.begin
        else:
            begin += 1
    # The plane before can only reach further if it goes on where the run ends.
    if end - begin < SHORTEST_MATCH or is_set(maps.plane, end):
        plane_end = next_clear(maps.plane, position)
        if plane_end > end:
            begin, end, offset = position, plane_end, plane_bytes
    return begin, end, offset


@kernel_part
def _longer(zeros: _Zeros, begin: int, end: int) -> _Zeros:
    return _Zeros(begin, end - begin) if end - begin > zeros.length else zeros
