"""TIFF images."""

import struct
from io import BytesIO

import numpy as np
import tifffile
from numpy.typing import NDArray

from jfjoch.errors import InvalidInput

_UNCOMPRESSED = 1
# What the reader of the header trips over in bytes that only look like a TIFF.
_HEADER_ERRORS = (
    tifffile.TiffFileError,
    struct.error,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    OSError,
    MemoryError,
)


def read_tiff(body: bytes) -> NDArray[np.uint16]:
    """Return the first image of a TIFF, [height, width].

    Raises InvalidInput unless it is a whole image of one 16-bit unsigned value per pixel,
    uncompressed and in strips (TIFF 6.0, section 3). Compressed ones are refused because their
    size is known only by unpacking them.
    """
    try:
        with tifffile.TiffFile(BytesIO(body)) as file:
            page = file.pages.first
            _check_layout(page)
            return _pixels(page, body, file.byteorder)
    except _HEADER_ERRORS as error:
        raise InvalidInput(f"expected a TIFF image, got {len(body)} bytes that are none") from error


def _check_layout(page: tifffile.TiffPage) -> None:
    if page.compression != _UNCOMPRESSED or page.is_tiled:
        raise InvalidInput("expected an uncompressed TIFF in strips, got a compressed or tiled one")
    if len(page.shape) != 2 or page.dtype != np.uint16:
        raise InvalidInput(
            f"expected a TIFF with one 16-bit unsigned value per pixel, got {page.dtype} values "
            f"in the shape {page.shape}"
        )


def _pixels(page: tifffile.TiffPage, body: bytes, byte_order: str) -> NDArray[np.uint16]:
    """Put the strips together; nothing larger than the body itself is ever allocated."""
    height, width = (int(size) for size in page.shape)
    expected = 2 * height * width
    strips = list(zip(page.dataoffsets, page.databytecounts, strict=True))
    if sum(size for _, size in strips) != expected or expected > len(body):
        raise InvalidInput(
            f"expected {expected} bytes of pixels in a TIFF of {width} x {height}, got others"
        )
    pixels = b"".join(body[start : start + size] for start, size in strips)
    return np.frombuffer(pixels, f"{byte_order}u2").reshape(height, width).astype(np.uint16)
