"""Cells and their lattices."""

import gemmi
import numpy as np
import pytest

from jfjoch.errors import InvalidInput
from jfjoch.geometry.diffraction import scattering_vectors
from jfjoch.geometry.unit_cell import cell_of, known_lattice, shortest_vectors
from jfjoch.messages.start import UnitCell

CELLS = [
    (UnitCell(30, 41, 55, 80, 95, 105), 1, 1),
    (UnitCell(100, 60, 80, 90, 105, 90), 5, 2),
    (UnitCell(78, 78, 78, 90, 90, 90), 197, 2),
    (UnitCell(180, 180, 180, 90, 90, 90), 209 - 13, 4),
    (UnitCell(80, 80, 120, 90, 90, 120), 146, 3),
    (UnitCell(60, 60, 60, 70, 70, 70), 146, 1),
    (UnitCell(50, 60, 70, 90, 90, 90), 0, 1),
]


@pytest.mark.parametrize(("cell", "group", "points"), CELLS)
def test_primitive_lattice_of_a_cell(cell: UnitCell, group: int, points: int) -> None:
    """A cell with centring holds several points of its lattice; its axes are sums of the others."""
    lattice = known_lattice(cell, group)
    assert round(np.linalg.det(lattice.to_conventional)) == points
    np.testing.assert_array_equal(lattice.to_conventional, np.rint(lattice.to_conventional))
    back = cell_of(lattice.conventional)
    for name in ("a", "b", "c", "alpha", "beta", "gamma"):
        assert getattr(back, name) == pytest.approx(getattr(cell, name), abs=1e-6)
    assert np.linalg.det(lattice.reduced) > 0


@pytest.mark.parametrize(("cell", "group", "_points"), CELLS)
def test_reduced_axes_are_as_short_as_those_of_niggli(
    cell: UnitCell, group: int, _points: int
) -> None:
    lattice = known_lattice(cell, group)
    niggli = gemmi.GruberVector(gemmi.UnitCell(*_numbers(cell_of(lattice.reduced))), "P")
    niggli.niggli_reduce()
    expected = sorted(niggli.cell_parameters()[:3])
    found = np.linalg.norm(lattice.reduced, axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_badly_skewed_axes_are_reduced() -> None:
    axes = np.diag([1.0, 10.0, 1000.0])
    skewed = np.array([[1, 0, 0], [513, 1, 0], [-77, 12345, 1]]) @ axes
    np.testing.assert_allclose(np.abs(shortest_vectors(skewed)), axes, atol=1e-6)


@pytest.mark.parametrize(
    "cell",
    [
        UnitCell(0, 10, 10, 90, 90, 90),
        UnitCell(0, 0, 0, 0, 0, 0),
        UnitCell(10, 10, 10, 0, 90, 90),
        UnitCell(10, 10, 10, 90, 180, 90),
        UnitCell(10, 10, 10, 90, 90, 360),
        UnitCell(10, 10, 10, 10, 20, 170),
    ],
)
def test_cell_without_volume_is_refused(cell: UnitCell) -> None:
    """B066."""
    with pytest.raises(InvalidInput, match="some volume"):
        known_lattice(cell, 1)


def test_scattering_vectors_lie_on_the_ewald_sphere() -> None:
    x_m, y_m = np.array([0.0, 0.05, -0.08]), np.array([0.0, -0.02, 0.07])
    vectors = scattering_vectors(x_m, y_m, 0.1, 0.9)
    np.testing.assert_allclose(np.linalg.norm(vectors + np.array([0, 0, 1 / 0.9]), axis=1), 1 / 0.9)
    two_theta = np.arctan(np.hypot(x_m, y_m) / 0.1)
    np.testing.assert_allclose(
        np.linalg.norm(vectors, axis=1), 2 * np.sin(two_theta / 2) / 0.9, atol=1e-12
    )
    np.testing.assert_allclose(vectors[1:, 0] / vectors[1:, 1], x_m[1:] / y_m[1:])


def _numbers(cell: UnitCell) -> tuple[float, ...]:
    return cell.a, cell.b, cell.c, cell.alpha, cell.beta, cell.gamma
