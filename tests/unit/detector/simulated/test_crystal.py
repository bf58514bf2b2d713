"""Reflections obey geometry, space group and statistics."""

import numpy as np
import pytest

from jfjoch.detector.simulated.crystal import (
    CELL_A_ANGSTROM,
    CELL_C_ANGSTROM,
    LysozymeCrystal,
    Reflections,
    axis_rotation,
    random_rotation,
)

CELL = np.array([CELL_A_ANGSTROM, CELL_A_ANGSTROM, CELL_C_ANGSTROM])


@pytest.fixture(scope="module")
def crystal() -> LysozymeCrystal:
    return LysozymeCrystal(seed=4)


@pytest.fixture(scope="module")
def stills(crystal: LysozymeCrystal) -> list[tuple[np.ndarray, Reflections]]:
    rng = np.random.default_rng(0)
    rotations = [random_rotation(rng) for _ in range(5)]
    return [(rotation, crystal.still(rotation, 1.0)) for rotation in rotations]


def test_rotations_are_rotations_of_all_directions() -> None:
    rng = np.random.default_rng(1)
    rotations = np.stack([random_rotation(rng) for _ in range(2000)])
    np.testing.assert_allclose(
        rotations @ rotations.transpose(0, 2, 1), np.broadcast_to(np.eye(3), (2000, 3, 3)),
        atol=1e-12,
    )  # fmt: skip
    np.testing.assert_allclose(np.linalg.det(rotations), 1)
    np.testing.assert_allclose(rotations.mean(axis=0), 0, atol=0.06)


@pytest.mark.parametrize("wavelength", [0.7, 1.0, 1.5])
def test_diffracted_beams_fulfil_the_laue_equation(
    crystal: LysozymeCrystal, wavelength: float
) -> None:
    rotation = random_rotation(np.random.default_rng(2))
    still = crystal.still(rotation, wavelength)
    scattering_vectors = (still.direction - np.array([0, 0, 1])) / wavelength
    assert len(still.hkl) > 100
    np.testing.assert_allclose(np.linalg.norm(still.direction, axis=1), 1)
    np.testing.assert_allclose(scattering_vectors, still.hkl / CELL @ rotation.T, atol=3e-3)


def test_forbidden_reflections_never_show(crystal: LysozymeCrystal) -> None:
    """P 43 21 2, seen along its axes, where forbidden ones would be excited."""
    along_c = crystal.still(np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]), 1e-3)
    h, k, l = along_c.hkl.T  # noqa: E741 (crystallographic names)
    axis = (h == 0) & (k == 0)
    assert axis.sum() > 5
    assert (l[axis] % 4 == 0).all()
    axis = (h == 0) & (l == 0)
    assert axis.sum() > 10
    assert (k[axis] % 2 == 0).all()


def test_intensities_have_the_symmetry_of_the_lattice(crystal: LysozymeCrystal) -> None:
    """Turned by the fourfold axis the crystal looks the same."""
    rotation = random_rotation(np.random.default_rng(3))
    fourfold = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    one, turned = crystal.still(rotation, 1.0), crystal.still(rotation @ fourfold, 1.0)
    assert len(one.hkl) == len(turned.hkl)
    sorted_by_direction = [
        np.column_stack([still.direction, still.intensity])[np.lexsort(still.direction.T.round(9))]
        for still in (one, turned)
    ]
    np.testing.assert_allclose(*sorted_by_direction, atol=1e-9)


def test_intensities_fall_with_resolution(
    stills: list[tuple[np.ndarray, Reflections]],
) -> None:
    s = np.concatenate([np.linalg.norm(still.hkl / CELL, axis=1) for _, still in stills])
    intensity = np.concatenate([still.intensity for _, still in stills])
    assert s.max() <= 1 / 1.5
    assert intensity[s < 1 / 4].mean() > 3 * intensity[s > 1 / 2.5].mean() > 0


def test_crystals_of_other_seeds_have_other_intensities(crystal: LysozymeCrystal) -> None:
    rotation = random_rotation(np.random.default_rng(5))
    one = crystal.still(rotation, 1.0)
    other = LysozymeCrystal(seed=5).still(rotation, 1.0)
    np.testing.assert_array_equal(one.hkl, other.hkl)
    assert (one.intensity != other.intensity).mean() > 0.9


AXIS = np.array([0.6, 0.0, 0.8])


def scan(crystal: LysozymeCrystal, images: int, width_rad: float) -> list[Reflections]:
    start = random_rotation(np.random.default_rng(3))
    return [
        crystal.oscillation(
            axis_rotation(AXIS, number * width_rad) @ start,
            AXIS,
            width_rad,
            wavelength_angstrom=1.0,
        )
        for number in range(images)
    ]


def intensities(images: list[Reflections]) -> dict[tuple[int, ...], float]:
    """Sum over the images, by indices."""
    total: dict[tuple[int, ...], float] = {}
    for image in images:
        for hkl, intensity in zip(image.hkl.tolist(), image.intensity, strict=True):
            total[tuple(hkl)] = total.get(tuple(hkl), 0.0) + float(intensity)
    return total


def test_axis_rotation_is_right_handed() -> None:
    quarter = axis_rotation(np.array([0.0, 0.0, 1.0]), np.pi / 2)
    np.testing.assert_allclose(quarter @ [1, 0, 0], [0, 1, 0], atol=1e-12)
    turn = axis_rotation(AXIS, 0.3)
    np.testing.assert_allclose(turn @ AXIS, AXIS, atol=1e-12)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)


def test_images_of_a_scan_share_the_intensity(crystal: LysozymeCrystal) -> None:
    """Ten thin images show what one of the whole range shows."""
    width = np.deg2rad(1.0)
    whole, parts = scan(crystal, 1, width), scan(crystal, 10, width / 10)
    expected, found = intensities(whole), intensities(parts)
    strong = [hkl for hkl, intensity in expected.items() if intensity > 1e-3]
    assert len(strong) > 200
    for hkl in strong:
        assert found[hkl] == pytest.approx(expected[hkl], rel=0.01, abs=1e-4), hkl
    assert len(whole[0].hkl) > 1.4 * max(len(part.hkl) for part in parts) > 100


def test_a_fully_recorded_reflection_is_as_strong_as_in_a_still(crystal: LysozymeCrystal) -> None:
    """Somewhere on its way it fulfils the diffraction condition exactly."""
    width = np.deg2rad(0.02)
    (image,) = scan(crystal, 1, np.deg2rad(2.0))
    peak: dict[tuple[int, ...], float] = {}
    start = random_rotation(np.random.default_rng(3))
    for number in range(100):
        still = crystal.still(axis_rotation(AXIS, number * width) @ start, 1.0)
        for hkl, intensity in zip(still.hkl.tolist(), still.intensity, strict=True):
            peak[tuple(hkl)] = max(peak.get(tuple(hkl), 0.0), float(intensity))
    strong = np.flatnonzero(image.intensity > 0.1)
    ratio = np.array([image.intensity[n] / peak[tuple(image.hkl[n])] for n in strong])
    assert len(ratio) > 50
    assert ratio.max() < 1.02
    assert np.median(ratio) > 0.98, "those at the ends of the scan are recorded in part"


def test_beams_of_a_turning_crystal_fulfil_the_laue_equation(crystal: LysozymeCrystal) -> None:
    """At an orientation within the image: not at its beginning."""
    width = np.deg2rad(1.0)
    (image,) = scan(crystal, 1, width)
    vectors = image.direction - np.array([0, 0, 1])
    start = random_rotation(np.random.default_rng(3))
    misfits = np.stack(
        [
            np.linalg.norm(
                vectors - image.hkl / CELL @ (axis_rotation(AXIS, angle) @ start).T, axis=1
            )
            for angle in np.linspace(0, width, 21)
        ]
    )
    assert (misfits.min(axis=0) < 3e-3).all()
    away_from_axis = misfits[0] > 3e-3
    assert away_from_axis.mean() > 0.3
