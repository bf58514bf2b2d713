"""Spots of images with more in them than one clean crystal, from the simulator."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.simulated.beam import DEFAULT_DISTANCE_M
from jfjoch.detector.simulated.beam import BeamGeometry as SimulatedBeam
from jfjoch.detector.simulated.disturbances import ICE_RINGS_ANGSTROM, Disturbances
from jfjoch.detector.simulated.scene import Scene
from jfjoch.geometry.diffraction import wavelength_angstrom
from jfjoch.geometry.modules import module_layout
from jfjoch.messages.start import BeamGeometry
from jfjoch.model.spot_finding import SpotFindingSettings
from jfjoch.processing.spot_finding import FoundSpots, SpotFinding, spot_modules
from tests.helpers.pipeline_runs import detector_of, no_mask
from tests.helpers.pixel_types import pixel_plan
from tests.helpers.spot_runs import spot_settings
from tests.reference.assembly import assembled, narrowed
from tests.reference.spot_finding import resolution

ENERGY_KEV = 12.4
SEED = 4
LAYOUT = module_layout(detector_of(4, 2), assembled=True)
PLACES = [(x, y) for y in (0, 550) for x in (0, 1038)]
BEAM = SimulatedBeam.centred(LAYOUT.width, LAYOUT.height)
GEOMETRY = BeamGeometry(
    BEAM.centre_x_pxl,
    BEAM.centre_y_pxl,
    DEFAULT_DISTANCE_M,
    ENERGY_KEV * 1000,
    wavelength_angstrom(ENERGY_KEV),
)
USUAL = spot_settings(photon_count_threshold=5, low_resolution_limit=50.0)
THREE_PIXELS = USUAL.model_copy(update={"min_pix_per_spot": 3})


@cache
def scene_of(disturbances: Disturbances) -> Scene:
    return Scene(LAYOUT, BEAM, ENERGY_KEV, SEED, disturbances=disturbances)


@cache
def image_of(disturbances: Disturbances) -> NDArray[np.int16]:
    photons = scene_of(disturbances).photons(0).astype(np.int32)
    return narrowed(assembled(photons, PLACES, LAYOUT.shape), "int16")


def found_in(disturbances: Disturbances, settings: SpotFindingSettings = USUAL) -> FoundSpots:
    modules = spot_modules(LAYOUT, no_mask(LAYOUT))
    finder = SpotFinding(LAYOUT, modules, pixel_plan(), GEOMETRY, most_spots=5000)
    return finder.apply(image_of(disturbances).ravel(), settings)


def distances_pxl(found: FoundSpots, x_pxl: NDArray, y_pxl: NDArray) -> NDArray[np.float64]:
    x, y = found.spots.x_pxl.astype(float), found.spots.y_pxl.astype(float)
    return np.hypot(x[:, None] - x_pxl, y[:, None] - y_pxl)


def recall(
    found: FoundSpots, disturbances: Disturbances, least_photons: float, lattice: int = 0
) -> float:
    """Part of the true spots on modules that was found."""
    spots = scene_of(disturbances).spots(0, lattice)
    x, y = spots.position_pxl.T
    inside = (x > 3) & (x < LAYOUT.width - 4) & (y > 3) & (y < LAYOUT.height - 4)
    wanted = inside & (spots.photons >= least_photons)
    x, y = x[wanted], y[wanted]
    on_pixel = image_of(disturbances)[np.rint(y).astype(int), np.rint(x).astype(int)] > -32768
    assert on_pixel.sum() > 20
    near = distances_pxl(found, x[on_pixel], y[on_pixel]).min(axis=0) < 3
    return float(near.mean())


def false_spots(found: FoundSpots, disturbances: Disturbances, lattices: int = 1) -> int:
    scene = scene_of(disturbances)
    truth = np.concatenate([scene.spots(0, lattice).position_pxl for lattice in range(lattices)])
    return int((distances_pxl(found, truth[:, 0], truth[:, 1]).min(axis=1) > 3).sum())


def d_angstrom(found: FoundSpots) -> NDArray[np.float64]:
    spots = found.spots
    pairs = zip(spots.x_pxl.tolist(), spots.y_pxl.tolist(), strict=True)
    return np.array([resolution(x, y, GEOMETRY) for x, y in pairs])


def on_ice(found: FoundSpots) -> NDArray[np.bool_]:
    from_ring = np.abs(1 / d_angstrom(found)[:, None] - 1 / np.array(ICE_RINGS_ANGSTROM))
    return from_ring.min(axis=1) < 0.003


def test_clean_image() -> None:
    clean = Disturbances()
    found = found_in(clean)
    assert recall(found, clean, least_photons=80) >= 0.98
    assert false_spots(found, clean) <= 2


def test_two_lattices_are_both_found() -> None:
    """Where spots overlap, one of them stands for both."""
    two = Disturbances(lattices=2)
    found = found_in(two)
    assert found.spot_count > found_in(Disturbances()).spot_count
    for lattice in range(2):
        assert recall(found, two, 80, lattice) >= 0.97
    assert false_spots(found, two, lattices=2) <= 2


def test_hot_pixels_are_no_spots() -> None:
    """They are strong, but single (B121: min_pix_per_spot); one of 16,000 costs hardly a spot."""
    hot = Disturbances(hot_pixels=100)
    found = found_in(hot)
    singles = found_in(hot, USUAL.model_copy(update={"min_pix_per_spot": 1}))
    assert singles.spot_count - found.spot_count > 80
    assert recall(found, hot, least_photons=80) >= 0.95
    assert false_spots(found, hot) <= 6  # multipixels fill several pixels


def test_strong_background() -> None:
    """The threshold is below the background: only the signal to noise ratio tells."""
    strong = Disturbances(background_factor=15.0)
    found = found_in(strong, THREE_PIXELS)
    assert np.median(image_of(strong)[:500, :1000]) > 2
    assert recall(found, strong, least_photons=250) >= 0.95
    assert false_spots(found, strong) <= 1


def test_ice_is_left_out_by_its_rings() -> None:
    """B120; spots of the crystal beside the rings stay."""
    icy = Disturbances(ice_grains=600)
    plain = found_in(icy)
    changes = {"filter_powder_rings": True, "min_spot_count_powder_ring": 20}
    filtered = found_in(icy, USUAL.model_copy(update=changes))
    assert on_ice(plain).sum() > 200
    assert on_ice(filtered).sum() < 0.05 * on_ice(plain).sum()
    beside = (~on_ice(plain)).sum()
    assert (~on_ice(filtered)).sum() > 0.6 * beside


def test_shadow_of_the_beam_stop() -> None:
    """No spots in it nor along its edge."""
    stop = Disturbances(beam_stop_radius_pxl=120.0, background_factor=5.0)
    found = found_in(stop, THREE_PIXELS)
    centre = np.array([BEAM.centre_x_pxl]), np.array([BEAM.centre_y_pxl])
    radius = distances_pxl(found, *centre)
    assert not (radius < 118).any()
    assert false_spots(found, stop) <= 1
    assert recall(found, Disturbances(), least_photons=250) > 0.8
