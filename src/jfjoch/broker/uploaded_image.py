"""Images users send: bytes or pixels, of raw or converted size."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from jfjoch.errors import InvalidInput
from jfjoch.geometry.modules import ModuleLayout

Unsigned = TypeVar("Unsigned", np.uint16, np.uint32)


def raw_size(layout: ModuleLayout) -> tuple[int, int]:
    """Height and width of the stacked raw modules."""
    modules, rows, columns = layout.raw_shape
    return modules * rows, columns


def uploaded_image(
    pixels: bytes | NDArray[Unsigned], dtype: type[Unsigned], assembled: ModuleLayout
) -> NDArray[Unsigned]:
    """Return the image, [height, width] either of ``raw_size`` or of the assembled image.

    Bytes are values of type ``dtype``, little endian, row by row; their number tells the size,
    as an assembled image is always larger than its raw modules.
    Raises InvalidInput naming both sizes when it has neither.
    """
    shapes = raw_size(assembled), assembled.shape
    if isinstance(pixels, bytes):
        return _from_bytes(pixels, np.dtype(dtype).newbyteorder("<"), shapes).astype(dtype)
    if pixels.shape not in shapes:
        raise InvalidInput(
            f"expected {_sizes(shapes)} pixels (raw or converted, height x width),"
            f" got {' x '.join(map(str, pixels.shape))}"
        )
    return pixels


def _from_bytes(
    content: bytes, stored: np.dtype[Unsigned], shapes: tuple[tuple[int, int], ...]
) -> NDArray[Unsigned]:
    for height, width in shapes:
        if len(content) == stored.itemsize * height * width:
            return np.frombuffer(content, stored).reshape(height, width)
    expected = " or ".join(str(stored.itemsize * height * width) for height, width in shapes)
    raise InvalidInput(
        f"expected {expected} bytes ({_sizes(shapes)} pixels of {8 * stored.itemsize} bit,"
        f" raw or converted), got {len(content)}"
    )


def _sizes(shapes: tuple[tuple[int, int], ...]) -> str:
    return " or ".join(f"{height} x {width}" for height, width in shapes)
