"""The assembly of an image from modules of counts, with whole arrays."""

import numpy as np
from numpy.typing import NDArray

from tests.reference.conversion import ERROR, SATURATED

PARTS = [2 if k in (255, 256, 511, 512, 767, 768) else 1 for k in range(1024)]
"""Image pixels that a raw column fills; for rows likewise, as far as there are."""
ROW_PARTS = PARTS[:257] + [1] * 255


def converted_module(counts: NDArray[np.int32]) -> NDArray[np.int64]:
    """[512, 1024] -> [514, 1030]: multipixels are divided, cut towards zero, and duplicated."""
    parts = np.outer(ROW_PARTS, PARTS)
    values = counts.astype(np.int64)
    divided = np.sign(values) * (np.abs(values) // parts)
    special = (counts == ERROR) | (counts == SATURATED)
    return duplicated(np.where(special, values, divided))


def duplicated(values: NDArray) -> NDArray:  # type: ignore[type-arg]  # any pixel type
    """[512, 1024] -> [514, 1030] without a division."""
    return np.repeat(np.repeat(values, ROW_PARTS, axis=0), PARTS, axis=1)


def narrowed(counts: NDArray[np.int64], dtype: str, limit: int | None = None) -> NDArray:  # type: ignore[type-arg]  # any pixel type
    """Fit counts into a pixel type; from ``limit`` on (max - 1 unless told) they are saturated."""
    info = np.iinfo(dtype)
    limit = info.max - 1 if limit is None else limit
    image = np.where(counts >= limit, info.max, counts)
    if info.min < 0:
        image = np.where(counts <= info.min, info.min, image)
    else:
        image = np.where(counts < 0, 0, image)
        image = np.where(counts == ERROR, info.max, image)
    image = np.where(counts == SATURATED, info.max, image)
    return image.astype(dtype)


def assembled(
    modules: NDArray[np.int32], places: list[tuple[int, int]], shape: tuple[int, int]
) -> NDArray[np.int64]:
    """Put modules at their (x, y) into an image of errors, then turn it upside down."""
    image = np.full(shape, ERROR, np.int64)
    for counts, (x, y) in zip(modules, places, strict=True):
        image[y : y + 514, x : x + 1030] = converted_module(counts)
    return image[::-1]
