"""Indexing of simulated stills: which are indexed, and how."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.messages.analysis import SpotList
from jfjoch.messages.start import UnitCell
from jfjoch.processing.indexing import Indexing
from tests.helpers.indexing_rates import (
    CRYSTALS,
    TOLERANCE,
    indexing_of,
    measure_rates,
    orientation_error_deg,
    simulated_geometry,
    spot_list,
)
from tests.helpers.simulated_diffraction import DiffractionImages
from tests.helpers.stills import SimulatedCrystal, SimulatedStill, random_spots

IMAGES = 12
NAMES = sorted(CRYSTALS)


def stills_of(name: str, seed: int = 1) -> list[SimulatedStill]:
    rng = np.random.default_rng(seed)
    return [CRYSTALS[name].still(rng) for _ in range(IMAGES)]


def with_few_spots(stills: list[SimulatedStill], seed: int = 2) -> list[SimulatedStill]:
    rng = np.random.default_rng(seed)
    return [still.strongest(int(rng.integers(15, 21))) for still in stills]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("select", [list, with_few_spots])
def test_stills_are_indexed(
    name: str, select: Callable[[list[SimulatedStill]], list[SimulatedStill]]
) -> None:
    """B066: all spots or only 15 to 20, the right orientation within 0.3 degrees."""
    rates = measure_rates(indexing_of(CRYSTALS[name]), CRYSTALS[name], select(stills_of(name)))
    assert rates.indexed == 1
    assert rates.oriented == 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("cell_factor", "distance_factor"), [(1.01, 1), (0.99, 1), (1, 1.01), (1, 0.99)]
)
def test_cell_or_distance_may_be_off_by_one_percent(
    name: str, cell_factor: float, distance_factor: float
) -> None:
    indexing = indexing_of(CRYSTALS[name], cell_factor, distance_factor)
    rates = measure_rates(indexing, CRYSTALS[name], stills_of(name))
    assert rates.indexed >= 0.95
    assert rates.oriented >= 0.95


@pytest.mark.parametrize("name", NAMES)
def test_a_third_more_false_spots_do_not_hide_the_lattice(name: str) -> None:
    rng = np.random.default_rng(3)
    stills = [still.with_false_spots(0.3, rng) for still in stills_of(name)]
    rates = measure_rates(indexing_of(CRYSTALS[name]), CRYSTALS[name], stills)
    assert rates.indexed >= 0.9
    assert rates.oriented >= 0.9


@pytest.mark.parametrize("count", [0, 8, 20, 100])
@pytest.mark.parametrize("name", ["monoclinic C", "triclinic"])
def test_spots_of_no_crystal_are_not_indexed(name: str, count: int) -> None:
    rng = np.random.default_rng(4)
    indexing = indexing_of(CRYSTALS[name])
    for _ in range(IMAGES):
        found = indexing.apply(spot_list(random_spots(count, rng)), TOLERANCE)
        assert not found.result.indexed
        assert found.result.lattice is None
        assert not found.spots.indexed.any()


@pytest.mark.parametrize(
    "crystal",
    [
        SimulatedCrystal(UnitCell(78, 78, 78, 90, 90, 90), 197),
        SimulatedCrystal(UnitCell(80, 80, 120, 90, 90, 120), 146),
        SimulatedCrystal(UnitCell(62, 62, 62, 71, 71, 71), 146, rhombohedral_axes=True),
    ],
    ids=["cubic I", "hexagonal R", "rhombohedral"],
)
def test_centred_lattices_come_out_in_the_cell_as_given(crystal: SimulatedCrystal) -> None:
    rng = np.random.default_rng(5)
    for _ in range(4):
        still = crystal.still(rng)
        result = indexing_of(crystal).apply(spot_list(still), TOLERANCE).result
        assert result.lattice is not None
        axes = np.array(result.lattice).reshape(3, 3)
        assert orientation_error_deg(axes, still.lattice, crystal) < 0.3
        lengths = np.linalg.norm(axes, axis=1)
        expected = [crystal.cell.a, crystal.cell.b, crystal.cell.c]
        np.testing.assert_allclose(lengths, expected, rtol=0.01)


def test_flags_follow_the_tolerance_and_the_lattice_reported() -> None:
    """B123: larger accepts more; only indices that the centring allows count."""
    crystal, rng = CRYSTALS["monoclinic C"], np.random.default_rng(6)
    spots = spot_list(crystal.still(rng).with_false_spots(0.5, rng))
    indexing, accepted = indexing_of(crystal), []
    for tolerance in (0.02, 0.1, 0.5, 1.0):
        found = indexing.apply(spots, tolerance)
        accepted.append(found.spots.indexed.sum())
        assert found.result.lattice is not None
        axes = np.array(found.result.lattice).reshape(3, 3)
        hkl = scattering(spots) @ axes.T
        whole = np.rint(hkl)
        near = np.linalg.norm(hkl - whole, axis=1) <= tolerance
        allowed = whole[:, :2].sum(axis=1) % 2 == 0
        np.testing.assert_array_equal(found.spots.indexed, near & allowed)
    assert accepted == sorted(accepted)
    assert accepted[0] < accepted[-1] < len(spots)
    assert not spots.indexed.any()


def scattering(spots: SpotList) -> NDArray[np.float64]:
    """Written out anew: s = unit(lab) / wavelength - beam."""
    geometry = simulated_geometry()
    lab = np.stack(
        [
            (spots.x_pxl.astype(float) - geometry.beam_center_x_pxl) * 75e-6,
            (spots.y_pxl.astype(float) - geometry.beam_center_y_pxl) * 75e-6,
            np.full(len(spots), geometry.detector_distance_m),
        ],
        axis=1,
    )
    unit = lab / np.linalg.norm(lab, axis=1)[:, np.newaxis]
    return np.asarray((unit - [0, 0, 1]) / geometry.incident_wavelength_angstrom)


def test_order_of_spots_does_not_matter() -> None:
    crystal, rng = CRYSTALS["tetragonal"], np.random.default_rng(7)
    spots = spot_list(crystal.still(rng))
    order = rng.permutation(len(spots))
    shuffled = SpotList(
        spots.x_pxl[order],
        spots.y_pxl[order],
        spots.intensity[order],
        spots.max_count[order],
        spots.indexed[order],
    )
    indexing = indexing_of(crystal)
    first, second = (indexing.apply(s, TOLERANCE) for s in (spots, shuffled))
    assert first.result.lattice is not None
    assert second.result.lattice is not None
    axes, again = np.array(first.result.lattice), np.array(second.result.lattice)
    np.testing.assert_allclose(axes, again, atol=1e-6)
    np.testing.assert_array_equal(first.spots.indexed[order], second.spots.indexed)


def test_a_lattice_unlike_the_known_cell_is_none() -> None:
    """Lysozyme's spots are not taken for those of a cell 8 % larger."""
    crystal, rng = CRYSTALS["tetragonal"], np.random.default_rng(8)
    wrong = indexing_of(crystal, cell_factor=1.08)
    for _ in range(IMAGES):
        assert not wrong.apply(spot_list(crystal.still(rng)), TOLERANCE).result.indexed


def test_true_spots_of_simulated_images(shared_data: Path) -> None:
    """The truth of the shared stills: 14 lysozyme crystals and a blank image."""
    data = DiffractionImages.load(shared_data, "stills")
    crystal = CRYSTALS["tetragonal"]
    indexing = Indexing(crystal.cell, crystal.space_group_number, data.geometry)
    checked = 0
    truth = json.loads((shared_data / "diffraction" / "stills_truth.json").read_text())
    for frame, true in zip(truth["frames"], data.truth, strict=True):
        still = SimulatedStill(
            true.x_pxl.astype(np.float32),
            true.y_pxl.astype(np.float32),
            true.photons.astype(np.float32),
            np.eye(3),
            len(true.x_pxl),
        )
        found = indexing.apply(spot_list(still.strongest(100)), TOLERANCE)
        assert found.result.indexed == (len(true.x_pxl) > 0)
        if found.result.lattice is not None:
            axes = np.array(found.result.lattice).reshape(3, 3)
            assert orientation_error_deg(axes, np.array(frame["A_real"]), crystal) < 0.3
            lengths = np.linalg.norm(axes, axis=1)
            np.testing.assert_allclose(lengths, (79.1, 79.1, 37.9), rtol=0.02)
            assert found.spots.indexed.mean() > 0.9
            checked += 1
    assert checked == len(data.truth) - 1


def test_settings_may_change_between_images() -> None:
    """B119, B123: the tolerance belongs to the image, not to the run."""
    crystal = CRYSTALS["triclinic"]
    spots = spot_list(crystal.still(np.random.default_rng(9)))
    indexing = indexing_of(crystal)
    strict = indexing.apply(spots, 0.0)
    assert not strict.result.indexed
    assert indexing.apply(spots, 0.1).result.indexed
    assert strict.spots.indexed.sum() == 0
