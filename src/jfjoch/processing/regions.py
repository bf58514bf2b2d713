"""Regions of interest as pixels: made once per run, for all workers.

A multipixel belongs to a region if the first of its pixels does: the one that is highest in the
image, and of those the leftmost.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.geometry.module_shape import RAW_SHAPE, pixels_per_raw_line
from jfjoch.geometry.modules import ModuleLayout
from jfjoch.geometry.pixel_mask import BAD_PEDESTAL, GAP, HIGH_PEDESTAL_RMS
from jfjoch.kernels.roi import Regions
from jfjoch.model.roi import RoiBox, RoiCircle, RoiDefinitions

NO_NUMBER = GAP | BAD_PEDESTAL | HIGH_PEDESTAL_RMS
"""Bits of the mask that regions heed: what a user or an edge masks has a number all the same."""
_Spans = NDArray[np.int64]
"""[rows, 2] first column and end."""


@dataclass(frozen=True, slots=True, eq=False)
class RegionMap:
    """The regions of a run."""

    names: tuple[str, ...]
    """Boxes first."""
    kernel: Regions
    multipixels: NDArray[np.int64]
    """[multipixels] those in any region, by their number in a flat raw frame, in the order of
    ``kernel.places``."""
    shape: tuple[int, int]
    """Of the image."""

    @classmethod
    def build(
        cls, layout: ModuleLayout, mask: NDArray[np.uint32], definitions: RoiDefinitions
    ) -> "RegionMap":
        """Find the pixels of the regions; what is outside of the image is left out.

        ``mask`` is [height, width]. Raises ValueError for another shape.
        """
        if mask.shape != layout.shape:
            raise ValueError(f"expected a mask {layout.shape} as the image, got {mask.shape}")
        boxes = [_box(roi, layout) for roi in definitions.box.rois]
        areas = boxes + [_circle(roi, layout) for roi in definitions.circle.rois]
        countable = (mask.ravel() & np.uint32(NO_NUMBER)) == 0
        pixels, places = _multipixels(layout, countable)
        members = [_inside(area, places, layout.width) for area in areas]
        used = np.unique(_joined(members))
        kernel = Regions(
            countable.astype(np.uint8),
            np.array([area[0] for area in areas], np.int64).reshape(-1, 2),
            _starts(len(area[1]) for area in areas)[:-1],
            np.concatenate([np.empty((0, 2), np.int64), *(area[1] for area in areas)]),
            _starts(map(len, members)),
            np.searchsorted(used, _joined(members)),
            places[used],
        )
        return cls(tuple(definitions.names), kernel, pixels[used], layout.shape)


def _box(roi: RoiBox, layout: ModuleLayout) -> tuple[tuple[int, int], _Spans]:
    """Return first row and end, and a span for each row."""
    top, bottom = min(roi.min_y_pxl, layout.height), min(roi.max_y_pxl + 1, layout.height)
    left, right = min(roi.min_x_pxl, layout.width), min(roi.max_x_pxl + 1, layout.width)
    return (top, bottom), np.tile(np.array([left, right], np.int64), (bottom - top, 1))


def _circle(roi: RoiCircle, layout: ModuleLayout) -> tuple[tuple[int, int], _Spans]:
    """Return the same: (x - centre x)^2 + (y - centre y)^2 <= radius^2."""
    top, bottom = _between(roi.center_y_pxl, roi.radius_pxl, layout.height)
    left, right = _between(roi.center_x_pxl, roi.radius_pxl, layout.width)
    x = np.arange(left, right) - roi.center_x_pxl
    y = np.arange(top, bottom) - roi.center_y_pxl
    spans = np.zeros((bottom - top, 2), np.int64)
    with np.errstate(over="ignore"):
        x, y, limit = x**2, y**2, np.float64(roi.radius_pxl) ** 2
    for row, distance in enumerate(y):
        inside = np.flatnonzero(x + distance <= limit)
        if inside.size > 0:
            spans[row] = left + inside[0], left + inside[-1] + 1
    return (top, bottom), spans


def _between(centre: float, radius: float, size: int) -> tuple[int, int]:
    """Return the first of ``size`` lines that may be within the radius, and the end."""
    first = np.clip(np.ceil(centre - radius) - 1, 0, size)
    last = np.clip(np.floor(centre + radius) + 1, -1, size - 1)
    return int(first), max(int(first), int(last) + 1)


def _multipixels(
    layout: ModuleLayout, countable: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return those that can count, as numbers in the raw frame and as first places in the image.

    In ``countable``, [pixels], all their parts are set to False.
    """
    if not (layout.assembled and layout.multipixels):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    rows, columns = (pixels_per_raw_line(size) > 1 for size in RAW_SHAPE)
    enlarged = rows[:, np.newaxis] | columns
    numbers = np.arange(np.prod(layout.raw_shape)).reshape(layout.raw_shape)
    owner = layout.to_image(np.where(enlarged, numbers, -1), -1).ravel()
    parts = np.flatnonzero(owner >= 0)
    pixels, first = np.unique(owner[parts], return_index=True)
    places = parts[first]
    counts = countable[places]
    countable[parts] = False
    return pixels[counts], places[counts]


def _inside(
    area: tuple[tuple[int, int], _Spans], places: NDArray[np.int64], width: int
) -> NDArray[np.int64]:
    """Return which of the places are in the area."""
    (top, bottom), spans = area
    rows, columns = np.divmod(places, width)
    found = np.flatnonzero((rows >= top) & (rows < bottom))
    begin, end = spans[rows[found] - top].T
    return np.asarray(found[(columns[found] >= begin) & (columns[found] < end)])


def _joined(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([np.empty(0, np.int64), *parts])


def _starts(lengths: Iterable[int]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(list(lengths), dtype=np.int64)]).astype(np.int64)
