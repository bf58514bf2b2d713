"""Lines drawn on an image of palette indices [height, width], uint8.

Coordinates are pixels, a whole number is the centre of a pixel, (0, 0) top left. What lies
outside the image is left out, however far.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Canvas = NDArray[np.uint8]

_CROSS_ARM_PXL = 20
_CROSS_OPENING_PXL = 5


def draw_circle(canvas: Canvas, x: float, y: float, radius: float, colour: int) -> None:
    """Draw a circle, one pixel wide and without holes; of a negative radius nothing."""
    _draw_arcs(canvas, x, y, radius, colour)
    _draw_arcs(canvas.T, y, x, radius, colour)


def draw_box(canvas: Canvas, columns: tuple[int, int], rows: tuple[int, int], colour: int) -> None:
    """Draw a rectangle around the columns and rows from the first to the last, just outside."""
    left, right = columns[0] - 1, columns[1] + 1
    top, bottom = rows[0] - 1, rows[1] + 1
    for row in (top, bottom):
        _draw_row(canvas, row, left, right, colour)
    for column in (left, right):
        _draw_row(canvas.T, column, top, bottom, colour)


def draw_cross(canvas: Canvas, x: float, y: float, colour: int) -> None:
    """Draw an upright cross that leaves its centre open."""
    column, row = round(x), round(y)
    for line, along, across in ((canvas, column, row), (canvas.T, row, column)):
        _draw_row(line, across, along - _CROSS_ARM_PXL, along - _CROSS_OPENING_PXL, colour)
        _draw_row(line, across, along + _CROSS_OPENING_PXL, along + _CROSS_ARM_PXL, colour)


def _draw_arcs(canvas: Canvas, x: float, y: float, radius: float, colour: int) -> None:
    """Draw the upper and the lower arc, one pixel per column."""
    height, width = canvas.shape
    columns = np.arange(_within(math.ceil, x - radius, width), _within(_after, x + radius, width))
    with np.errstate(over="ignore", invalid="ignore"):  # far away, where nothing is drawn
        along = columns - x
        half_chord = np.sqrt((radius - along) * (radius + along))
        for rows in (y - half_chord, y + half_chord):
            inside = (rows > -0.5) & (rows < height - 0.5)
            canvas[np.rint(rows[inside]).astype(np.int64), columns[inside]] = colour


def _after(position: float) -> int:
    return math.floor(position) + 1


def _within(whole: Callable[[float], int], position: float, size: int) -> int:
    """Round to a column; what is outside 0 to ``size`` becomes the nearer end."""
    return min(max(whole(min(max(position, -1.0), float(size))), 0), size)


def _draw_row(canvas: Canvas, row: int, first: int, last: int, colour: int) -> None:
    if 0 <= row < canvas.shape[0]:
        canvas[row, max(first, 0) : max(last + 1, 0)] = colour
