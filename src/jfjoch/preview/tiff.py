"""TIFF images."""

import struct
from io import BytesIO
from typing import Any, TypeVar

import numpy as np
import tifffile
from numpy.typing import NDArray

from jfjoch.errors import InvalidInput

Unsigned = TypeVar("Unsigned", np.uint16, np.uint32)
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


def write_tiff(image: NDArray[np.integer] | NDArray[np.float32]) -> bytes:
    """Return an uncompressed TIFF of the image [height, width], first row at the top.

    Values are of the image's own type, whatever integer or float32 it is.
    """
    file = BytesIO()
    tifffile.imwrite(file, image, photometric="minisblack", metadata=None)
    return file.getvalue()


def read_tiff(body: bytes, dtype: type[Unsigned]) -> NDArray[Unsigned]:
    """Return the first image of a TIFF, [height, width].

    Raises InvalidInput unless it is a whole image of one value of type ``dtype`` per pixel,
    uncompressed and in strips (TIFF 6.0, section 3). Compressed ones are refused because their
    size is known only by unpacking them.
    """
    try:
        with tifffile.TiffFile(BytesIO(body)) as file:
            page = file.pages.first
            _expect_single(file)
            _check_layout(page, np.dtype(dtype))
            stored = np.dtype(f"{file.byteorder}u{np.dtype(dtype).itemsize}")
            return _pixels(page, body, stored).astype(dtype)
    except _HEADER_ERRORS as error:
        raise InvalidInput(f"expected a TIFF image, got {len(body)} bytes that are none") from error


def _expect_single(file: tifffile.TiffFile) -> None:
    try:
        file.pages[1]
    except IndexError:
        return
    raise InvalidInput("expected a TIFF of one image, got several")


def _check_layout(page: tifffile.TiffPage, dtype: np.dtype[Unsigned]) -> None:
    if page.compression != _UNCOMPRESSED or page.is_tiled:
        raise InvalidInput("expected an uncompressed TIFF in strips, got a compressed or tiled one")
    if len(page.shape) != 2 or page.dtype != dtype:
        raise InvalidInput(
            f"expected a TIFF with one {8 * dtype.itemsize}-bit unsigned value per pixel, got "
            f"{page.dtype} values "
            f"in the shape {page.shape}"
        )


def _pixels(page: tifffile.TiffPage, body: bytes, stored: np.dtype[Any]) -> NDArray[Any]:
    """Put the strips together; nothing larger than the body itself is ever allocated."""
    height, width = (int(size) for size in page.shape)
    expected = stored.itemsize * height * width
    strips = list(zip(page.dataoffsets, page.databytecounts, strict=True))
    if sum(size for _, size in strips) != expected or expected > len(body):
        raise InvalidInput(
            f"expected {expected} bytes of pixels in a TIFF of {width} x {height}, got others"
        )
    pixels = b"".join(body[start : start + size] for start, size in strips)
    return np.frombuffer(pixels, stored).reshape(height, width)
