"""Lines on an image: where they should be, without holes, and never outside."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jfjoch.preview.outlines import draw_box, draw_circle, draw_cross

COLOUR = 7


def empty(height: int = 60, width: int = 80) -> np.ndarray:
    return np.zeros((height, width), np.uint8)


def drawn(canvas: np.ndarray) -> set[tuple[int, int]]:
    """Column and row of every pixel that was drawn."""
    assert set(np.unique(canvas)) <= {0, COLOUR}
    return {(int(x), int(y)) for y, x in np.argwhere(canvas)}


@pytest.mark.parametrize(
    ("x", "y", "radius"),
    [(40, 30, 20), (40.5, 30.5, 6), (40.3, 29.8, 13.7), (40, 30, 1), (20, 30, 25), (75, 5, 11.2)],
)
def test_a_circle_is_where_its_radius_says(x: float, y: float, radius: float) -> None:
    """Each pixel lies half a pixel from the circle at most, and each direction has one."""
    canvas = empty()
    draw_circle(canvas, x, y, radius, COLOUR)
    pixels = drawn(canvas)
    for column, row in pixels:
        assert abs(math.hypot(column - x, row - y) - radius) <= 0.5 * math.sqrt(2)
    for angle in np.linspace(0, 2 * np.pi, 2000):
        column, row = x + radius * math.cos(angle), y + radius * math.sin(angle)
        if 1 <= column <= 78 and 1 <= row <= 58:
            near = [(math.floor(column) + i, math.floor(row) + j) for i in (0, 1) for j in (0, 1)]
            assert any(pixel in pixels for pixel in near)


def test_a_circle_is_not_mirrored() -> None:
    canvas = empty()
    draw_circle(canvas, 70, 10, 3, COLOUR)
    assert {(67, 10), (73, 10), (70, 7), (70, 13)} <= drawn(canvas)


def test_a_circle_of_radius_0_is_a_pixel_and_of_less_nothing() -> None:
    canvas = empty()
    draw_circle(canvas, 12, 5, 0, COLOUR)
    assert drawn(canvas) == {(12, 5)}
    canvas = empty()
    draw_circle(canvas, 12, 5, -1, COLOUR)
    assert drawn(canvas) == set()


def test_part_of_a_huge_circle_is_a_straight_line() -> None:
    """The beam may be far outside the detector."""
    canvas = empty()
    draw_circle(canvas, -1e7, 30, 1e7 + 25, COLOUR)
    assert drawn(canvas) == {(25, row) for row in range(60)}


far = st.floats(-1e308, 1e308) | st.floats(-200, 200)


@settings(max_examples=300, deadline=None)
@given(far, far, far)
def test_no_circle_can_do_harm(x: float, y: float, radius: float) -> None:
    canvas = empty()
    draw_circle(canvas, x, y, radius, COLOUR)
    assert set(np.unique(canvas)) <= {0, COLOUR}


@settings(max_examples=200, deadline=None)
@given(far, far, st.integers(0, 2**63), st.integers(0, 2**63), st.integers(0, 2**63))
def test_no_cross_and_no_box_can_do_harm(x: float, y: float, a: int, b: int, c: int) -> None:
    canvas = empty()
    draw_cross(canvas, x, y, COLOUR)
    draw_box(canvas, (a, a + b), (b, b + c), COLOUR)
    assert set(np.unique(canvas)) <= {0, COLOUR}


def test_a_box_is_drawn_around_its_pixels() -> None:
    canvas = empty()
    draw_box(canvas, (10, 14), (20, 21), COLOUR)
    expected = np.zeros_like(canvas)
    expected[19:23, 9:16] = COLOUR
    expected[20:22, 10:15] = 0
    np.testing.assert_array_equal(canvas, expected)


def test_a_box_at_the_corner_keeps_the_sides_that_are_inside() -> None:
    canvas = empty()
    draw_box(canvas, (0, 3), (0, 1000), COLOUR)
    assert drawn(canvas) == {(4, row) for row in range(60)}


def test_a_cross_points_at_its_centre_and_leaves_it_open() -> None:
    canvas = empty()
    draw_cross(canvas, 40.4, 28.6, COLOUR)
    assert drawn(canvas) == {
        *((40 + sign * step, 29) for sign in (-1, 1) for step in range(5, 21)),
        *((40, 29 + sign * step) for sign in (-1, 1) for step in range(5, 21)),
    }
