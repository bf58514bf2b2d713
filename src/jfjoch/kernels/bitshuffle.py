"""Bitshuffle: the same bit of all pixels of a block together, so that counts become runs of zeros.

K. Masui et al., Astronomy and Computing 12 (2015) 181. A block of n pixels of s bytes becomes 8 s
bit planes of n / 8 bytes: plane 0 holds the lowest bit of every pixel, a byte of it 8 pixels, the
first of them in its lowest bit.
"""

from jfjoch.kernels._bit_planes import (
    GROUP_PIXELS,
    spread_pixels_of_1_byte,
    spread_pixels_of_2_bytes,
    spread_pixels_of_4_bytes,
)
from jfjoch.kernels._intrinsics import load_byte, store_byte
from jfjoch.kernels._jit import kernel, kernel_part

PIXELS_PER_BYTE = 8
ALL_STALE = -1


@kernel
def shuffle_block(
    source: int, pixels: int, pixel_bytes: int, destination: int, stale_planes: int
) -> int:
    """Write the bit planes of a block; return which of them are not all 0, one bit for each.

    Both are addresses, and nothing is touched outside the block. ``pixels`` is a multiple of 8,
    ``pixel_bytes`` 1, 2 or 4. ``stale_planes``: one bit for each plane, clear only where what
    stands at ``destination`` is 0 already, as after a block of the same form that returned 0 for
    it; ``ALL_STALE`` is always right.
    """
    plane_bytes = pixels // PIXELS_PER_BYTE
    grouped = pixels - pixels % GROUP_PIXELS
    used_planes = 0
    for pixel in range(0, grouped, GROUP_PIXELS):
        group = source + pixel * pixel_bytes
        place = destination + pixel // PIXELS_PER_BYTE
        if pixel_bytes == 1:
            used_planes |= spread_pixels_of_1_byte(group, place, plane_bytes, stale_planes)
        elif pixel_bytes == 2:
            used_planes |= spread_pixels_of_2_bytes(group, place, plane_bytes, stale_planes)
        else:
            used_planes |= spread_pixels_of_4_bytes(group, place, plane_bytes, stale_planes)
    for pixel in range(grouped, pixels, PIXELS_PER_BYTE):
        for byte in range(pixel_bytes):
            first = source + pixel * pixel_bytes + byte
            place = destination + 8 * byte * plane_bytes + pixel // PIXELS_PER_BYTE
            used = _spread_eight_pixels(first, pixel_bytes, place, plane_bytes)
            used_planes |= used << 8 * byte
    return used_planes


@kernel_part
def _spread_eight_pixels(first: int, pixel_bytes: int, place: int, plane_bytes: int) -> int:
    """Write one byte of 8 pixels to its 8 planes; return the bits that are set in any of them."""
    used = 0
    for bit in range(8):
        together = 0
        for pixel in range(PIXELS_PER_BYTE):
            together |= ((load_byte(first + pixel * pixel_bytes) >> bit) & 1) << pixel
        store_byte(place + bit * plane_bytes, together)
        used |= int(together != 0) << bit
    return used
