"""Photons: background, spots, and their way to the raw pixels."""

import numpy as np
import pytest

from jfjoch.detector.simulated.beam import BeamGeometry
from jfjoch.detector.simulated.scene import Scene
from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.model.detector import Detector
from jfjoch.model.plan import CrystalRotation

CELL = np.array([79.1, 79.1, 37.9])


@pytest.fixture(scope="module")
def layout() -> ModuleLayout:
    geometry = {"nmodules": 2, "modules_in_row": 1}
    return module_layout(
        Detector.model_validate(
            {"description": "JF1M", "serial_number": "1", "standard_geometry": geometry}
        ),
        assembled=True,
    )


@pytest.fixture(scope="module")
def scene(layout: ModuleLayout) -> Scene:
    return Scene(layout, BeamGeometry.centred(layout.width, layout.height), 12.4, seed=1)


def test_a_still_is_always_the_same_and_unlike_the_others(scene: Scene) -> None:
    one = scene.photons(3)
    assert (one.shape, one.dtype) == ((2, 512, 1024), np.uint16)
    np.testing.assert_array_equal(one, scene.photons(3))
    assert (one != scene.photons(4)).mean() > 0.3


def test_photons_scatter_around_the_expected_background(scene: Scene, layout: ModuleLayout) -> None:
    """Pixel by pixel over 8 stills; few pixels see a spot."""
    mean = np.mean([scene.photons(still) for still in range(8)], axis=0)
    expected = layout.to_raw((scene.expected_background * 1000).astype(np.uint16)) / 1000
    deviation = (mean - expected) / np.sqrt(expected / 8)
    assert np.mean(np.abs(deviation) < 3) > 0.98
    assert abs(np.median(deviation)) < 0.2


def test_background_has_its_ring_near_3_7_angstrom(scene: Scene) -> None:
    two_theta = BeamGeometry.centred(1030, 1064).two_theta_rad(1030, 1064)
    d = 1 / (2 * np.sin(two_theta / 2))
    background = scene.expected_background
    assert background[np.abs(d - 3.7) < 0.1].mean() > 2 * background[d > 10].mean() > 0.2
    assert background.max() < 1


def test_multipixels_collect_their_whole_area(scene: Scene) -> None:
    columns = np.mean([scene.photons(still).mean(axis=(0, 1)) for still in range(8)], axis=0)
    rows = np.mean([scene.photons(still).mean(axis=(0, 2)) for still in range(8)], axis=0)
    for line, chip_edge in ((columns, 256), (columns, 512), (columns, 768), (rows, 256)):
        plain = np.r_[line[chip_edge - 11 : chip_edge - 1], line[chip_edge + 1 : chip_edge + 11]]
        edge = line[chip_edge - 1 : chip_edge + 1]
        assert edge.mean() == pytest.approx(2 * plain.mean(), rel=0.15)


def test_spots_lie_where_their_indices_say(scene: Scene) -> None:
    """From the position back to q: the oracle of indexing."""
    spots = scene.spots(0)
    x, y = (spots.position_pxl - [514.5, 531.5]).T * 75e-6
    lab = np.column_stack([x, y, np.full_like(x, 0.15)])
    wavelength = 12.398420 / 12.4
    s = (lab / np.linalg.norm(lab, axis=1, keepdims=True) - [0, 0, 1]) / wavelength
    np.testing.assert_allclose(s, spots.hkl / CELL @ spots.rotation.T, atol=3e-3)
    assert len(spots.hkl) > 100


def test_spots_have_their_photons(scene: Scene, layout: ModuleLayout) -> None:
    """Sum over 9 x 9 pixels, less the background, over all stronger spots of some stills."""
    found = expected = 0.0
    for still in range(6):
        image = layout.to_image(scene.photons(still), 0).astype(np.float64)
        spots = scene.spots(still)
        for (x, y), photons in zip(spots.position_pxl, spots.photons, strict=True):
            column, row = round(x), round(y)
            away_from_edges = 10 < column < 245 and 10 < row < 245
            if photons > 50 and away_from_edges:
                box = np.s_[row - 4 : row + 5, column - 4 : column + 5]
                found += image[box].sum() - scene.expected_background[box].sum()
                expected += photons
    assert expected > 1000
    assert found == pytest.approx(expected, rel=0.1)


def test_wavelength_moves_the_spots(layout: ModuleLayout) -> None:
    beam = BeamGeometry.centred(layout.width, layout.height)
    low, high = (
        Scene(layout, beam, energy, seed=1).spots(0).position_pxl for energy in (6.0, 18.0)
    )
    centre = [beam.centre_x_pxl, beam.centre_y_pxl]
    radii = [np.median(np.hypot(*(spots - centre).T)) for spots in (low, high)]
    assert radii[0] > 1.5 * radii[1]


def turning(layout: ModuleLayout, **changed: object) -> Scene:
    given = {"start_deg": 0.0, "increment_deg": 0.2, "axis": (-1.0, 0.0, 0.0)}
    rotation = CrystalRotation(**(given | changed))  # type: ignore[arg-type]  # mixed values
    beam = BeamGeometry.centred(layout.width, layout.height)
    return Scene(layout, beam, 12.4, seed=1, rotation=rotation)


def test_image_of_a_scan_is_that_of_its_angle(layout: ModuleLayout) -> None:
    """B052: image n begins at start + n * step."""
    later = turning(layout, start_deg=1.0).spots(0)
    fifth = turning(layout).spots(5)
    np.testing.assert_array_equal(later.hkl, fifth.hkl)
    np.testing.assert_allclose(later.position_pxl, fifth.position_pxl)
    np.testing.assert_allclose(later.photons, fifth.photons)
    np.testing.assert_allclose(later.rotation, fifth.rotation)


def test_a_scan_turns_one_crystal(layout: ModuleLayout) -> None:
    """B052: right-handed about the axis of the NXmx frame; (-1, 0, 0) runs along the rows."""
    scene = turning(layout, increment_deg=30.0)
    first, second = scene.spots(0).rotation, scene.spots(1).rotation
    angle = np.deg2rad(30.0)
    about_x = np.array(
        [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    )
    np.testing.assert_allclose(second @ first.T, about_x, atol=1e-12)
    full_turn = turning(layout, start_deg=360.0).spots(0)
    np.testing.assert_allclose(full_turn.rotation, turning(layout).spots(0).rotation, atol=1e-12)


def test_length_of_the_axis_does_not_matter(layout: ModuleLayout) -> None:
    long = turning(layout, axis=(-7.0, 0.0, 0.0)).spots(3)
    np.testing.assert_allclose(long.rotation, turning(layout).spots(3).rotation, atol=1e-12)


def test_a_scan_without_steps_repeats_the_spots(layout: ModuleLayout) -> None:
    scene = turning(layout, increment_deg=0.0)
    first, second = scene.spots(0), scene.spots(7)
    assert len(first.hkl) > 100
    np.testing.assert_array_equal(first.hkl, second.hkl)
    assert (scene.photons(0) != scene.photons(7)).mean() > 0.3, "photons are counted anew"


def test_neighbours_in_a_scan_share_reflections(layout: ModuleLayout) -> None:
    scene = turning(layout)
    images = [{tuple(hkl) for hkl in scene.spots(number).hkl.tolist()} for number in range(20)]
    assert len(images[0] & images[1]) > 0.3 * len(images[0])
    assert len(images[0] & images[19]) < 0.1 * len(images[0])
