"""Values of images in bins, against plain Python over the images."""

import math

import numpy as np
import pytest

from jfjoch.receiver.binned_series import BinnedSeries, Reduction

Points = list[tuple[float, float]]


def expected_points(
    values: dict[int, float], width: int, image_count: int, reduction: Reduction
) -> Points:
    """Slow twin: look at every bin in turn."""
    points = []
    for first in range(0, image_count, width):
        numbers = range(first, min(first + width, image_count))
        found = [values[n] for n in numbers if n in values and math.isfinite(values[n])]
        if found:
            y = max(found) if reduction == "maximum" else sum(found) / len(found)
            points.append(((numbers[0] + numbers[-1]) / 2, y))
    return points


def points(series: BinnedSeries, width: int, image_count: int) -> Points:
    return list(zip(*series.snapshot().points(width, image_count), strict=True))


def add(series: BinnedSeries, values: dict[int, float]) -> None:
    series.add(np.array(list(values), np.int64), np.array(list(values.values()), np.float64))


@pytest.mark.parametrize("reduction", ["mean", "maximum"])
@pytest.mark.parametrize("width", [1, 2, 3, 7, 100, 2000, 2**70])
def test_bins_hold_the_images_they_should(reduction: Reduction, width: int) -> None:
    """B154, B169: in any order, in parts, and with images that have no value."""
    generator = np.random.default_rng(width % 1000)
    numbers = generator.permutation(1500)[:900]
    values = {int(n): float(v) for n, v in zip(numbers, generator.normal(size=900), strict=True)}
    for number in list(values)[::10]:
        values[number] = math.nan
    series = BinnedSeries(reduction)
    entries = list(values.items())
    for first in range(0, 900, 64):
        add(series, dict(entries[first : first + 64]))
    found = points(series, width, 1500)
    expected = expected_points(values, min(width, 1500), 1500, reduction)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("reduction", ["mean", "maximum"])
@pytest.mark.parametrize(("width", "kept"), [(1, 8), (8, 8), (9, 16), (24, 24), (100, 104)])
def test_a_long_run_is_kept_in_wider_bins(reduction: Reduction, width: int, kept: int) -> None:
    """Nothing is lost, and the number of bins stays below its limit."""
    values = {n: float((n * 7919) % 1013) for n in range(500)}
    series = BinnedSeries(reduction, max_bins=64)
    for number, value in values.items():
        add(series, {number: value})
    assert series.snapshot().bin_width == 8
    assert series.snapshot().values.size <= 64
    expected = expected_points(values, kept, 500, reduction)
    np.testing.assert_allclose(points(series, width, 500), expected, rtol=1e-12)


def test_the_first_image_may_be_a_late_one() -> None:
    series = BinnedSeries("mean", max_bins=16)
    add(series, {1000: 3.0})
    add(series, {0: 5.0})
    assert points(series, 1, 1001) == [(31.5, 5.0), (980.0, 3.0)]


@pytest.mark.parametrize("values", [{}, {3: math.nan}, {3: math.inf}, {3: -math.inf}])
def test_no_value_is_no_point(values: dict[int, float]) -> None:
    """B169."""
    series = BinnedSeries("maximum")
    add(series, values)
    assert points(series, 1, 10) == []


def test_a_snapshot_does_not_change() -> None:
    series = BinnedSeries("mean")
    add(series, {0: 1.0})
    snapshot = series.snapshot()
    add(series, {0: 3.0, 1: 3.0})
    assert snapshot.points(1, 2) == ([0.0], [1.0])
    assert points(series, 1, 2) == [(0.0, 2.0), (1.0, 3.0)]
