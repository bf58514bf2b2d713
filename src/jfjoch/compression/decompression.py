"""Back from a payload to the image; for readers and checks, not for speed."""

import bitshuffle
import numpy as np
from numpy.typing import NDArray

from jfjoch.compression.chunk_header import ChunkHeader
from jfjoch.errors import StreamError
from jfjoch.messages.image import CompressedImage

_PIXELS_PER_SHUFFLE = 8
"""Bitshuffle takes pixels by eight; what is left over at the end is stored as it is."""


def decompress(image: CompressedImage) -> NDArray[np.generic]:
    """Return the pixels, [height, width] of the image's type.

    Raises StreamError where the payload does not hold exactly that image. The bitshuffle library
    trusts the sizes within a chunk, so they are all checked before it sees them.
    """
    payload = memoryview(image.payload).cast("B")
    if image.algorithm == "none":
        return _uncompressed(image, payload)
    header = _checked_header(image, payload)
    _check_blocks(image, header, payload)
    blocks = np.frombuffer(payload[ChunkHeader.size :], np.uint8)
    functions = {"bslz4": bitshuffle.decompress_lz4, "bszstd": bitshuffle.decompress_zstd}
    dtype = np.dtype(image.dtype)
    shape = (image.height, image.width)
    try:
        pixels: NDArray[np.generic] = functions[image.algorithm](
            blocks, shape, dtype, header.block_bytes // dtype.itemsize
        )
    except RuntimeError as error:
        raise StreamError(
            f"a block of the {image.algorithm} payload is damaged: {error}"
        ) from error
    return pixels


def _uncompressed(image: CompressedImage, payload: memoryview) -> NDArray[np.generic]:
    if payload.nbytes != image.image_bytes:
        raise StreamError(
            f"expected {image.image_bytes} bytes of uncompressed pixels, got {payload.nbytes}"
        )
    pixels = np.frombuffer(payload, np.dtype(image.dtype))
    return pixels.reshape(image.height, image.width).copy()


def _checked_header(image: CompressedImage, payload: memoryview) -> ChunkHeader:
    if payload.nbytes < ChunkHeader.size:
        raise StreamError(
            f"a {image.algorithm} payload starts with {ChunkHeader.size} bytes of header;"
            f" got {payload.nbytes} bytes in all"
        )
    header = ChunkHeader.unpack(payload)
    if header.image_bytes != image.image_bytes:
        raise StreamError(
            f"expected a payload of {image.image_bytes} bytes before compression"
            f" ({image.width} x {image.height} {image.dtype}), its header says {header.image_bytes}"
        )
    unit = _PIXELS_PER_SHUFFLE * np.dtype(image.dtype).itemsize
    if header.block_bytes == 0 or header.block_bytes % unit:
        raise StreamError(f"blocks must be a multiple of {unit} bytes, got {header.block_bytes}")
    return header


def _check_blocks(image: CompressedImage, header: ChunkHeader, payload: memoryview) -> None:
    """Walk through the blocks by their sizes; they must end where the payload ends."""
    unit = _PIXELS_PER_SHUFFLE * np.dtype(image.dtype).itemsize
    full, rest = divmod(header.image_bytes, header.block_bytes)
    position = ChunkHeader.size
    for _ in range(full + (rest >= unit)):
        size = int.from_bytes(payload[position : position + 4], "big")
        position += 4 + size
        if position > payload.nbytes:
            raise StreamError(f"the {image.algorithm} payload ends within a block; was it cut off?")
    if position + rest % unit != payload.nbytes:
        raise StreamError(
            f"the {image.algorithm} blocks end at byte {position} of a payload of {payload.nbytes}"
        )
