"""The quantisation of an image, pixel by pixel."""

import math

import numpy as np
from numpy.typing import NDArray


def quantised(image: NDArray, factor: int) -> NDArray:  # type: ignore[type-arg]  # any pixel type
    """round(sqrt(v) * factor), with ends of the range kept as they are."""
    info = np.iinfo(image.dtype)
    result = image.copy()
    for index, value in enumerate(image.tolist()):
        if value == info.max or (info.min < 0 and value == info.min):
            continue
        root = round(math.sqrt(max(value, 0)) * factor)
        result[index] = root if root < info.max - 1 else info.max
    return result
