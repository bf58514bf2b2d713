"""The steps of the search for a lattice, beside their slow twins."""

import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.detector.simulated.crystal import random_rotation
from jfjoch.kernels.indexing_periods import (
    _INDEX_ERROR,
    _VECTOR_ERROR,
    find_periods,
    refine_period,
)
from jfjoch.kernels.indexing_ranking import Ranking, enter, would_enter
from jfjoch.kernels.indexing_refinement import (
    CELL_TOLERANCE,
    INDEX_ERROR,
    count_explained,
    refine_lattice,
)
from jfjoch.kernels.indexing_score import REACH, Spots, Vectors, score_vectors
from jfjoch.kernels.indexing_tables import new_search_scratch, new_search_tables, new_spots
from jfjoch.kernels.indexing_turns import (
    combine_turns,
    place_cell,
    prepare_turns,
    take_best_turn,
)
from jfjoch.kernels.linear_algebra import determinant, invert, make_orthogonal
from tests.helpers.indexing_rates import nearest_rotation
from tests.reference import indexing as slow

AXES = np.array([[30.0, 0.0, 0.0], [-5.0, 41.0, 0.0], [7.0, -9.0, 55.0]])
Floats = NDArray[np.float64]


def spots_at(vectors: Floats) -> Spots:
    spots = new_spots(len(vectors))
    for k in range(3):
        spots[k][:] = vectors[:, k]
    return spots


def spots_of(lattice: Floats, count: int, error: float, seed: int = 1) -> Floats:
    """Points of the reciprocal lattice, moved a little, as float32 keeps them."""
    rng = np.random.default_rng(seed)
    hkl = rng.integers(-12, 13, (count, 3))
    vectors = hkl @ np.linalg.inv(lattice).T + rng.normal(0, error, (count, 3))
    return vectors.astype(np.float32).astype(np.float64)


def test_scores_agree_with_the_slow_twin() -> None:
    rng = np.random.default_rng(1)
    spots = spots_at(rng.normal(0, 0.2, (37, 3)))
    spots.weight[:] = rng.random(37)
    vectors = Vectors(*rng.normal(0, 60, (4, 101)).astype(np.float32))
    untouched = vectors.score[[0, 100]].copy()
    score_vectors(spots, 30, vectors, 1, 100)
    expected = slow.scores(
        np.stack(spots[:3], axis=1)[:30].astype(np.float64),
        spots.weight[:30].astype(np.float64),
        np.stack(vectors[:3], axis=1).astype(np.float64),
        REACH,
    )
    np.testing.assert_allclose(vectors.score[1:100], expected[1:100], atol=1e-2)
    np.testing.assert_array_equal(vectors.score[[0, 100]], untouched)


def test_ranking_keeps_the_best_in_order() -> None:
    ranking, count = Ranking(np.zeros((5, 3)), np.zeros(5)), 0
    scores = np.random.default_rng(1).permutation(20).astype(float)
    for score in scores:
        if would_enter(ranking, count, score):
            count = enter(ranking, count, score, score, 2 * score, -score)
    assert count == 5
    np.testing.assert_array_equal(ranking.score, [19, 18, 17, 16, 15])
    np.testing.assert_array_equal(ranking.vector[1], [18, 36, -18])


def test_refined_period_agrees_with_the_slow_twin() -> None:
    vectors = spots_of(AXES, 40, 2e-4)
    limits = np.array([0.3, 0.25, 0.2])
    begin = AXES[1] + [0.3, -0.2, 0.25]
    length = float(np.linalg.norm(AXES[1]))
    errors = _INDEX_ERROR, _VECTOR_ERROR
    expected, score = slow.refined_period(vectors, length, limits, begin, errors)
    vector, work = begin.copy(), new_search_scratch(1).periods.work
    found = refine_period(spots_at(vectors), 40, length, limits, vector, work)
    np.testing.assert_allclose(vector, expected, rtol=1e-9)
    assert found == pytest.approx(score, rel=1e-9)
    np.testing.assert_allclose(vector, AXES[1], atol=0.1)


def test_grid_finds_an_axis_and_tells_it_once() -> None:
    lattice = AXES @ random_rotation(np.random.default_rng(4)).T
    spots = spots_at(spots_of(lattice, 40, 1e-4))
    tables, scratch = new_search_tables(AXES), new_search_scratch(40)
    length = float(np.linalg.norm(lattice[0]))
    found = find_periods(
        spots, 40, length, 6000, 1, tables.directions, tables.limits.period, scratch.periods,
        scratch.found,
    )  # fmt: skip
    vectors = scratch.found.vector[:found]
    best = vectors[0] * np.sign(vectors[0] @ lattice[0])
    np.testing.assert_allclose(best, lattice[0], atol=0.1)
    assert np.all(np.diff(scratch.found.score[:found]) <= 0)
    apart = [np.linalg.norm(vectors[0] - sign * v) for v in vectors[1:] for sign in (1, -1)]
    assert min(apart) > 0.1


def test_refined_lattice_agrees_with_the_slow_twin() -> None:
    rng = np.random.default_rng(2)
    lattice = AXES @ random_rotation(rng).T
    vectors = spots_of(lattice, 50, 3e-4)
    vectors[:8] = spots_at(rng.normal(0, 0.2, (8, 3))).x[:, np.newaxis]  # explained by nothing
    begin = lattice + rng.normal(0, 0.15, (3, 3))
    tables, scratch = new_search_tables(AXES), new_search_scratch(1).refinement
    errors = INDEX_ERROR, CELL_TOLERANCE
    expected = slow.refined_lattice(vectors, AXES, tables.limits.lattice, begin, errors)
    refined, spots = begin.copy(), spots_at(vectors)
    assert refine_lattice(spots, 50, tables.cell, tables.limits.lattice, refined, scratch)
    np.testing.assert_allclose(refined, expected, atol=1e-6)
    np.testing.assert_allclose(refined, lattice, atol=0.05)
    counted = count_explained(spots, 50, refined, 0.1)
    assert counted == pytest.approx(slow.explained(vectors, refined, 0.1), rel=1e-6)


def test_lattice_without_a_volume_is_not_refined() -> None:
    tables, scratch = new_search_tables(AXES), new_search_scratch(1).refinement
    flat = np.array([AXES[0], AXES[0], AXES[2]])
    spots = spots_at(spots_of(AXES, 10, 0))
    assert not refine_lattice(spots, 10, tables.cell, tables.limits.lattice, flat, scratch)


@pytest.mark.parametrize("first", [0, 1, 2])
@pytest.mark.parametrize("hand", [1, -1])
def test_placed_cell_is_the_known_one_turned(first: int, hand: int) -> None:
    """Right-handed, the same lengths and angles; the first axis, or its opposite, as asked."""
    turns, lattice = new_search_tables(AXES).turns, np.zeros((3, 3))
    frame = np.ascontiguousarray(random_rotation(np.random.default_rng(first)))
    length = float(np.linalg.norm(AXES[first]))
    place_cell(first, hand, 0.7, 1.01 * length, turns, frame, lattice)
    np.testing.assert_allclose(lattice @ lattice.T, 1.01**2 * AXES @ AXES.T, rtol=1e-9, atol=1e-9)
    assert np.linalg.det(lattice) > 0
    np.testing.assert_allclose(lattice[first], hand * 1.01 * length * frame[0], atol=1e-9)


@pytest.mark.parametrize("first", [0, 1, 2])
@pytest.mark.parametrize("sign", [1, -1])
def test_best_turn_brings_the_cell_onto_the_spots(first: int, sign: int) -> None:
    """About an axis or its opposite; only one of the hands fits then."""
    lattice = AXES @ random_rotation(np.random.default_rng(first)).T
    spots = spots_at(spots_of(lattice, 60, 1e-4))
    tables, scratch, count = new_search_tables(AXES).turns, new_search_scratch(60).turns, 1024
    prepare_turns(spots, 60, first, sign * lattice[first], count, 1, tables, scratch)
    best = {}
    for hand in (1, -1):
        combine_turns(first, hand, count, tables, scratch)
        best[hand] = scratch.score[2, :count].max()
    combine_turns(first, sign, count, tables, scratch)
    angle = take_best_turn(count, scratch) / count * 2 * np.pi
    placed, length = np.zeros((3, 3)), float(np.linalg.norm(lattice[first]))
    place_cell(first, sign, angle, length, tables, scratch.frame, placed)
    np.testing.assert_allclose(placed, lattice, atol=0.4)
    assert best[sign] > 1.2 * best[-sign]
    assert scratch.score[2, :count].max() < best[sign]


def test_small_matrices() -> None:
    matrix, inverse = AXES.copy(), np.zeros((3, 3))
    assert determinant(matrix) == pytest.approx(np.linalg.det(matrix))
    assert invert(matrix, inverse)
    np.testing.assert_allclose(inverse, np.linalg.inv(matrix), rtol=1e-12, atol=1e-15)
    turned = random_rotation(np.random.default_rng(1)) + 0.05
    expected = nearest_rotation(turned)
    assert make_orthogonal(turned, inverse)
    np.testing.assert_allclose(turned, expected, atol=1e-12)
    assert not invert(np.zeros((3, 3)), inverse)
