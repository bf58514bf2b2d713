"""Pixels to compressed blocks of the bitshuffle format, any range of blocks.

The form is that of the HDF5 filter 32008 without its 12 bytes of header: each block is the size of
what follows (4 bytes, big endian), then the compressed bit planes. The last block may be smaller,
any multiple of 8 pixels; fewer than 8 pixels at the end of an image stand there as they are.
"""

from jfjoch.kernels import lz4_bitmaps, zstd_frame
from jfjoch.kernels._intrinsics import load_byte, store_big_endian_int, store_byte
from jfjoch.kernels._jit import kernel
from jfjoch.kernels.bitshuffle import ALL_STALE, PIXELS_PER_BYTE, shuffle_block
from jfjoch.kernels.lz4_block import encode_lz4_block
from jfjoch.kernels.lz4_sequence import SLACK_BYTES
from jfjoch.kernels.zstd_frame import encode_zstd_frame

LZ4 = 0
ZSTD_RUNS = 1
"""Zstandard frames of raw and run-length blocks."""

_SIZE_BYTES = 4
_LARGEST_BLOCK = max(lz4_bitmaps.LARGEST_BLOCK, zstd_frame.LARGEST_FRAME)
_MARGIN_BYTES = lz4_bitmaps.LARGEST_BLOCK // 8
"""Before the planes: the longest way back to the plane before, that of pixels of one byte."""
_PLANES_BYTES = _MARGIN_BYTES + _LARGEST_BLOCK + SLACK_BYTES
SCRATCH_BYTES = _PLANES_BYTES + max(lz4_bitmaps.BITMAPS_BYTES, zstd_frame.BITMAPS_BYTES)


def compressed_capacity(image_bytes: int, block_bytes: int) -> int:
    """Return the bytes to reserve for the blocks of an image, whatever it holds."""
    blocks = image_bytes // block_bytes + 1
    growth = block_bytes // 255 + 16
    return image_bytes + blocks * (_SIZE_BYTES + growth) + SLACK_BYTES


@kernel
def encode_blocks(
    codec: int,
    source: int,
    pixels: int,
    pixel_bytes: int,
    block_bytes: int,
    scratch: int,
    destination: int,
) -> int:
    """Compress ``pixels`` pixels; return the address where the blocks end.

    codec: LZ4 or ZSTD_RUNS. source: address of the first pixel, at a multiple of a block from the
    beginning of the image; only the last range may end within a block. pixel_bytes: 1, 2 or 4.
    block_bytes: a multiple of ``8 * pixel_bytes``, at most 8192 for LZ4, 32768 for ZSTD_RUNS.
    scratch: address of ``SCRATCH_BYTES`` of memory. destination: address of at least
    ``compressed_capacity`` bytes, 64 of which, behind the end, are left in any state.
    """
    planes = scratch + _MARGIN_BYTES
    bitmaps = scratch + _PLANES_BYTES
    block_pixels = block_bytes // pixel_bytes
    shuffled = pixels - pixels % PIXELS_PER_BYTE
    used_planes = ALL_STALE
    for first in range(0, shuffled, block_pixels):
        count = min(block_pixels, shuffled - first)
        # Planes that the block before, if of this form, left empty need not be emptied again.
        stale_planes = used_planes if count == block_pixels else ALL_STALE
        begin = source + first * pixel_bytes
        used_planes = shuffle_block(begin, count, pixel_bytes, planes, stale_planes)
        size, begin = count * pixel_bytes, destination + _SIZE_BYTES
        if codec == LZ4:
            plane_bytes = count // PIXELS_PER_BYTE
            end = encode_lz4_block(planes, size, plane_bytes, used_planes, bitmaps, begin)
        else:
            end = encode_zstd_frame(planes, size, bitmaps, begin)
        store_big_endian_int(destination, end - begin)
        destination = end
    for rest in range(shuffled * pixel_bytes, pixels * pixel_bytes):
        store_byte(destination, load_byte(source + rest))
        destination += 1
    return destination


def warm_up() -> None:
    """Compile; no type of pixels makes a difference."""
    encode_blocks(LZ4, 0, 0, 1, 8, 0, 0)
