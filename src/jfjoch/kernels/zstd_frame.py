"""Zstandard frames of raw and run-length blocks only (RFC 8878).

Fast, and nearly as small as LZ4 for bit planes of counts; any Zstandard decoder reads them.
"""

from jfjoch.kernels._bitmap_words import WORDS_AT_A_TIME, equal_bytes, store_runs_of_7
from jfjoch.kernels._intrinsics import (
    copy_64_bytes,
    load_byte,
    store_byte,
    store_int,
    store_short,
    store_word,
)
from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels.bitmap import (
    bitmap_bytes,
    clear_64_from,
    clear_below,
    next_clear,
    next_set,
    set_bit,
)

LARGEST_FRAME = 32768
_BITMAP_BYTES = bitmap_bytes(LARGEST_FRAME)
BITMAPS_BYTES = 2 * _BITMAP_BYTES

_MAGIC = 0xFD2FB528
_SINGLE_SEGMENT = 0x20
"""Frame header descriptor: the content is the window; its size follows in one byte ..."""
_TWO_BYTE_SIZE = 0x40
"""... or less 256 in two."""
_RAW, _RUN = 0, 1
_LAST_BLOCK = 1


@kernel
def encode_zstd_frame(block: int, size: int, bitmaps: int, destination: int) -> int:
    """Compress ``size`` bytes, 1 to 32768; all addresses; return where the frame ended.

    A byte before the block and 64 behind it are read and don't matter. ``bitmaps``:
    ``BITMAPS_BYTES`` of scratch. Writes at most ``size + 11`` bytes, and leaves up to 64 behind
    them changed.
    """
    equal, start = bitmaps, bitmaps + _BITMAP_BYTES
    _mark(block, size, equal, start)
    destination = _write_frame_header(size, destination)
    done, header = 0, destination
    position = next_set(start, 0)
    while position < size:
        # The first byte of a run differs from its predecessor.
        if position - 1 > done:
            destination = _write_raw(block + done, position - 1 - done, destination)
        done = next_clear(equal, position)
        header = destination
        destination = _write_run(block + position, done - position + 1, destination)
        position = next_set(start, done)
    if done < size:
        header = destination
        destination = _write_raw(block + done, size - done, destination)
    store_byte(header, load_byte(header) | _LAST_BLOCK)
    return destination


@kernel_part
def _mark(block: int, size: int, equal: int, start: int) -> None:
    """Mark bytes equal to the one before, and where 7 follow each other.

    A run costs 4 bytes, and 3 more for the raw bytes behind it: 8 bytes are the first to gain.
    """
    for begin in range(0, size, 64):
        store_word(equal + begin // 8, equal_bytes(block + begin, block + begin - 1))
    clear_below(equal, 1)
    clear_64_from(equal, size)
    for begin in range(0, size, 64 * WORDS_AT_A_TIME):
        store_runs_of_7(equal + begin // 8, start + begin // 8)
    clear_64_from(start, size)
    set_bit(start, size)


@kernel_part
def _write_frame_header(size: int, destination: int) -> int:
    store_int(destination, _MAGIC)
    if size < 256:
        store_byte(destination + 4, _SINGLE_SEGMENT)
        store_byte(destination + 5, size)
        return destination + 6
    store_byte(destination + 4, _SINGLE_SEGMENT | _TWO_BYTE_SIZE)
    store_short(destination + 5, size - 256)
    return destination + 7


@kernel_part
def _write_raw(source: int, size: int, destination: int) -> int:
    end = _write_block_header(_RAW, size, destination)
    for begin in range(0, size, 64):
        copy_64_bytes(source + begin, end + begin)
    return end + size


@kernel_part
def _write_run(source: int, length: int, destination: int) -> int:
    end = _write_block_header(_RUN, length, destination)
    store_byte(end, load_byte(source))
    return end + 1


@kernel_part
def _write_block_header(kind: int, size: int, destination: int) -> int:
    """Write the three bytes: whether it is the last one, kind, size."""
    store_int(destination, kind << 1 | size << 3)
    return destination + 3
