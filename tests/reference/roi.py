"""Regions of interest of one image, in Python's numbers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jfjoch.messages.analysis import RoiResult
from jfjoch.model.roi import RoiBox, RoiCircle

Values = NDArray[np.object_]
"""[height, width] exact numbers; None for a pixel that does not count, or not by itself."""


def inside(roi: RoiBox | RoiCircle, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """[height, width] whether a pixel is in the region."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    if isinstance(roi, RoiBox):
        in_columns = (roi.min_x_pxl <= x) & (x <= roi.max_x_pxl)
        return np.asarray(in_columns & (roi.min_y_pxl <= y) & (y <= roi.max_y_pxl))
    square = (x - roi.center_x_pxl) ** 2 + (y - roi.center_y_pxl) ** 2
    return np.asarray(square <= roi.radius_pxl**2)


def roi_result(roi: RoiBox | RoiCircle, values: Values) -> RoiResult:
    """Sum up the values in the region."""
    found = [value for value in values[inside(roi, values.shape)].tolist() if value is not None]
    return RoiResult(
        roi.name,
        sum(found),
        sum(value * value for value in found),
        max(found, default=None),
        len(found),
    )


def undivided(
    image: NDArray[Any], counts: NDArray[np.int32], owner: NDArray[np.int64], lowest: int
) -> Values:
    """Put whole counts of multipixels to the first of their pixels, and None to the others.

    ``owner``: [height, width] number of the raw pixel, -1 in gaps; ``lowest``: smaller counts
    become that.
    """
    values = image.astype(object)
    sizes, seen = np.bincount(owner[owner >= 0], minlength=counts.size), set()
    multipixels = (owner >= 0) & (sizes[owner] > 1)
    for y, x in np.argwhere(multipixels).tolist():
        number = owner[y, x]
        values[y, x] = None if number in seen else max(int(counts.flat[number]), lowest)
        seen.add(number)
    return values
