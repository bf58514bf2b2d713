"""Places of modules in the image, as a detector's configuration tells them.

Image coordinates: x to the right, y downwards, both from 0 at the top left.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from jfjoch.errors import ConfigurationError
from jfjoch.geometry.module_shape import EXTENDED_SHAPE, RAW_SHAPE
from jfjoch.model.detector import DetectorModule, StandardDetectorGeometry

LARGEST_IMAGE_SIDE = 65536
"""Pixels; a larger image comes from a mistyped number."""
_DIRECTIONS = {"Xp": (1, 0), "Xn": (-1, 0), "Yp": (0, 1), "Yn": (0, -1)}


@dataclass(frozen=True, slots=True)
class _PlacedModule:
    """A converted module: pixel (0, 0) and the steps (x, y) along its rows and columns."""

    x: int
    y: int
    fast: tuple[int, int]
    slow: tuple[int, int]

    @property
    def box(self) -> tuple[int, int, int, int]:
        """First and last x, first and last y."""
        rows, columns = EXTENDED_SHAPE
        x_end = self.x + (columns - 1) * self.fast[0] + (rows - 1) * self.slow[0]
        y_end = self.y + (columns - 1) * self.fast[1] + (rows - 1) * self.slow[1]
        return min(self.x, x_end), max(self.x, x_end), min(self.y, y_end), max(self.y, y_end)

    def overlaps(self, other: "_PlacedModule") -> bool:
        """Whether the two share a pixel."""
        left, right, top, bottom = self.box
        other_left, other_right, other_top, other_bottom = other.box
        apart = right < other_left or other_right < left or bottom < other_top
        return not (apart or other_bottom < top)


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """Size of the image and ``placements`` of ``ModuleLayout``."""

    height: int
    width: int
    placements: NDArray[np.int64]


def stacked(module_count: int) -> Arrangement:
    """Put raw modules one below the other."""
    rows, columns = RAW_SHAPE
    placements = [(module * rows * columns, columns, 1) for module in range(module_count)]
    return Arrangement(rows * module_count, columns, np.array(placements, np.int64))


def standard(geometry: StandardDetectorGeometry, mirror_y: bool) -> Arrangement:
    """Put converted modules in rows; an incomplete last row keeps the full width (B192).

    Raises ConfigurationError for an image larger than can be.
    """
    rows, columns = EXTENDED_SHAPE
    in_row = geometry.modules_in_row
    row_count = -(-geometry.nmodules // in_row)
    width = in_row * columns + (in_row - 1) * geometry.gap_x
    height = row_count * rows + (row_count - 1) * geometry.gap_y
    _check_size(width, height, "standard_geometry", "nmodules, modules_in_row and gaps")
    modules = []
    for module in range(geometry.nmodules):
        y, x = divmod(module, in_row)
        place = x * (columns + geometry.gap_x), y * (rows + geometry.gap_y)
        modules.append(_PlacedModule(*place, fast=(1, 0), slow=(0, 1)))
    return _arrange(modules, height, width, mirror_y)


def custom(modules: Sequence[DetectorModule], mirror_y: bool) -> Arrangement:
    """Put every converted module where it is told; the smallest image that holds all of them.

    Raises ConfigurationError where modules overlap or axes are not perpendicular.
    """
    placed = [_placed(number, module) for number, module in enumerate(modules)]
    _refuse_overlaps(placed)
    left, right, top, bottom = _bounding_box(placed)
    shifted = [replace(m, x=m.x - left, y=m.y - top) for m in placed]
    return _arrange(shifted, bottom - top + 1, right - left + 1, mirror_y)


def _placed(number: int, module: DetectorModule) -> _PlacedModule:
    fast, slow = _DIRECTIONS[module.fast_axis], _DIRECTIONS[module.slow_axis]
    if fast[0] * slow[0] + fast[1] * slow[1] != 0:
        raise ConfigurationError(
            f"custom_geometry[{number}]: fast_axis {module.fast_axis} and slow_axis"
            f" {module.slow_axis} must be perpendicular"
        )
    return _PlacedModule(round(module.x0), round(module.y0), fast, slow)


def _refuse_overlaps(modules: list[_PlacedModule]) -> None:
    for (i, one), (j, other) in combinations(enumerate(modules), 2):
        if one.overlaps(other):
            raise ConfigurationError(
                f"custom_geometry[{i}] and custom_geometry[{j}] overlap; a module fills"
                f" {EXTENDED_SHAPE[1]} x {EXTENDED_SHAPE[0]} pixels from its x0, y0 along its axes"
            )


def _bounding_box(modules: list[_PlacedModule]) -> tuple[int, int, int, int]:
    lefts, rights, tops, bottoms = zip(*(module.box for module in modules), strict=True)
    box = min(lefts), max(rights), min(tops), max(bottoms)
    width, height = box[1] - box[0] + 1, box[3] - box[2] + 1
    _check_size(width, height, "custom_geometry", "x0 and y0")
    return box


def _check_size(width: int, height: int, geometry: str, cause: str) -> None:
    if max(width, height) > LARGEST_IMAGE_SIDE:
        raise ConfigurationError(
            f"{geometry} makes an image of {width} x {height} pixels; at most"
            f" {LARGEST_IMAGE_SIDE} in either direction are possible: check {cause}"
        )


def _arrange(modules: list[_PlacedModule], height: int, width: int, mirror_y: bool) -> Arrangement:
    """Turn places into steps through the flat image; ``mirror_y`` turns it upside down."""
    down = -width if mirror_y else width
    placements = []
    for module in modules:
        row = height - 1 - module.y if mirror_y else module.y
        slow = module.slow[0] + module.slow[1] * down
        fast = module.fast[0] + module.fast[1] * down
        placements.append((row * width + module.x, slow, fast))
    return Arrangement(height, width, np.array(placements, np.int64))
