"""Spots of an image beside a slow twin that looks at every pixel by itself."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jfjoch.geometry.modules import module_layout
from jfjoch.kernels.counts import IMAGE_DTYPES
from jfjoch.processing.spot_finding import SpotFinding, spot_modules
from tests.helpers.pipeline_runs import detector_of, no_mask
from tests.helpers.pixel_types import pixel_plan
from tests.helpers.spot_runs import BEAM, SmallDetector, noise, spot_settings, with_spots

SHAPE = (90, 140)
CORNERS = [(0, 0), (0, 139), (89, 0), (89, 139), (0, 60), (89, 65), (40, 0), (45, 139)]
TWO_MODULES = [(slice(0, 40), slice(0, 66)), (slice(0, 40), slice(66, 140))]
SIDE_BY_SIDE_AND_BELOW = [*TWO_MODULES, (slice(44, 90), slice(3, 131))]


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
@pytest.mark.parametrize("threshold", [0, 1, 3, 8])
def test_agrees_with_the_slow_twin(dtype: str, threshold: int) -> None:
    """B121: above the count threshold and the signal to noise ratio, of a number of pixels."""
    rng = np.random.default_rng(threshold)
    detector = SmallDetector.create(
        dtype, mask=np.where(rng.random(SHAPE) < 0.05, 1 << 8, 0).astype(np.uint32)
    )
    image = with_spots(noise(SHAPE), list(zip(*rng.integers(2, 85, (2, 12)), strict=True)), 100)
    image[rng.random(SHAPE) < 0.02] = detector.plan.error_value
    image[rng.random(SHAPE) < 0.02] = detector.plan.saturated_value
    found = detector.check(
        image, spot_settings(photon_count_threshold=threshold, min_pix_per_spot=1)
    )
    assert found.spot_count > 5


@settings(deadline=None, max_examples=25)  # the first example compiles
@given(
    seed=st.integers(0, 2**32 - 1),
    photons=st.sampled_from([0.02, 0.3, 3.0, 30.0]),
    snr=st.sampled_from([0.0, 0.5, 1.0, 3.0, 4.0, 6.5]),
    threshold=st.integers(0, 6),
    density=st.sampled_from([0.0, 0.01, 0.3, 0.9]),
    pixels=st.sampled_from([(1, 1), (2, 5), (1, 10**12), (3, 50)]),
)
def test_any_settings_and_masks(
    seed: int, photons: float, snr: float, threshold: int, density: float, pixels: tuple[int, int]
) -> None:
    """B121; masked pixels are no part of windows, spots or centres (B187)."""
    rng = np.random.default_rng(seed)
    shape = (40, 140)
    mask = (rng.random(shape) < density).astype(np.uint32)
    detector = SmallDetector.create(shape=shape, boxes=TWO_MODULES, mask=mask)
    places = list(zip(rng.integers(0, 40, 6), rng.integers(0, 140, 6), strict=True))
    image = with_spots(rng.poisson(photons, shape), places, 300)
    detector.check(
        image,
        spot_settings(
            photon_count_threshold=threshold,
            signal_to_noise_threshold=snr,
            min_pix_per_spot=pixels[0],
            max_pix_per_spot=pixels[1],
        ),
    )


def test_spots_at_the_edges_of_modules() -> None:
    image = with_spots(noise(SHAPE), CORNERS)
    found = SmallDetector.create().check(image, spot_settings())
    assert found.spot_count == len(CORNERS)


@pytest.mark.parametrize("threshold", [0, 8])
def test_windows_and_spots_end_with_their_module(threshold: int) -> None:
    """Modules that touch, as raw ones that are stacked, are no neighbours."""
    image = noise((90, 140))
    image[:, 66:] += 40
    image = with_spots(image, [(20, 65), (20, 66), (39, 20), (44, 20), (60, 130)], 900)
    detector = SmallDetector.create(boxes=SIDE_BY_SIDE_AND_BELOW)
    detector.check(image, spot_settings(photon_count_threshold=threshold))


@pytest.mark.parametrize("size", [(64, 64), (31, 127), (131, 128), (261, 65), (3, 200)])
def test_modules_of_any_size(size: tuple[int, int]) -> None:
    detector = SmallDetector.create(shape=size)
    places = [(1, 1), (size[0] - 2, size[1] - 2), (size[0] // 2, 62)]
    for threshold in (0, 5):
        detector.check(
            with_spots(noise(size), places), spot_settings(photon_count_threshold=threshold)
        )


@pytest.mark.parametrize("dtype", IMAGE_DTYPES)
def test_images_without_a_number(dtype: str) -> None:
    detector = SmallDetector.create(dtype)
    for value in (detector.plan.error_value, detector.plan.saturated_value, 0, 1):
        for snr in (0, 4):
            changes = {"photon_count_threshold": 0, "signal_to_noise_threshold": snr}
            found = detector.check(np.full(SHAPE, value), spot_settings(**changes))
            assert found.spot_count == 0


@pytest.mark.parametrize("dtype", ["int32", "uint32"])
@pytest.mark.parametrize("threshold", [0, 100])
def test_counts_of_32_bits(dtype: str, threshold: int) -> None:
    """Squares do not overflow; above 2^26 counts windows take a pixel for 2^26."""
    image = np.random.default_rng(3).poisson(1e6, SHAPE)
    image = with_spots(image, [(20, 20), (70, 100)], 1_000_000)
    image[40:42, 60:63] = np.iinfo(dtype).max - 1
    image[60, 30] = 0 if dtype == "uint32" else -(2**31) + 1
    found = SmallDetector.create(dtype).check(
        image, spot_settings(photon_count_threshold=threshold, min_pix_per_spot=1)
    )
    assert found.spots.max_count[0] == np.iinfo(dtype).max - 1


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int8"])
def test_whole_range_of_a_type(dtype: str) -> None:
    info = np.iinfo(dtype)
    image = np.random.default_rng(5).integers(info.min, info.max, SHAPE, endpoint=True)
    for threshold in (0, info.max // 2, info.max - 1, info.max, 10**9):
        for snr in (0, 1):
            changes = {"photon_count_threshold": threshold, "signal_to_noise_threshold": snr}
            SmallDetector.create(dtype).check(image, spot_settings(**changes, min_pix_per_spot=1))


@pytest.mark.parametrize(
    "pattern",
    [
        lambda y, x: (y + x) % 2 == 0,  # all one component, by corners only
        lambda y, x: (y % 2 == 0) & (x % 2 == 0),  # none touches another
        lambda y, x: y % 2 == 0,  # rows longer than a word
        lambda y, x: x % 2 == 0,
        lambda y, x: (y % 2 == 0) | ((x == 139) & (y % 4 == 1)) | ((x == 0) & (y % 4 == 3)),
        lambda y, x: (np.abs(y - 45) + np.abs(x - 70)) % 6 < 2,  # rings within rings
        lambda y, x: y >= 0,
    ],
)
def test_components_of_any_form(pattern) -> None:  # type: ignore[no-untyped-def]  # takes arrays
    rows, columns = np.indices(SHAPE)
    image = np.where(pattern(rows, columns), 9, 0)
    for least, most in ((1, 50), (1, 10**6), (60, 10**6)):
        changes = {"min_pix_per_spot": least, "max_pix_per_spot": most}
        detector = SmallDetector.create(most_spots=5000)
        detector.check(image, spot_settings(**changes, signal_to_noise_threshold=0))


def test_most_intense_spots_are_kept_and_all_counted() -> None:
    """At most 250, of which the total is still told."""
    image = np.zeros((200, 200), np.int64)
    places = [(y, x) for y in range(2, 200, 8) for x in range(2, 200, 8)]
    for number, place in enumerate(places):
        image[place] = 20 + (number * 37) % 301
    detector = SmallDetector.create(shape=(200, 200))
    settings = spot_settings(min_pix_per_spot=1, signal_to_noise_threshold=0)
    found = detector.check(image, settings)
    assert (found.spot_count, len(found.spots)) == (len(places), 250)
    assert (np.diff(found.spots.intensity) <= 0).all()
    assert found.spots.intensity[-1] >= np.sort(image.ravel())[-250]


def test_resolution_range() -> None:
    """B122."""
    places = [(y, x) for y in range(5, 90, 20) for x in range(5, 140, 20)]
    image = with_spots(np.zeros(SHAPE, np.int64), places)
    detector = SmallDetector.create()
    assert detector.check(image, spot_settings()).spot_count == len(places)
    limits = {"high_resolution_limit": 2.2, "low_resolution_limit": 4.0}
    some = detector.check(image, spot_settings(**limits)).spot_count
    assert 0 < some < len(places)


def test_powder_rings() -> None:
    """B120: spots of a shell are removed if there are many; off unless asked for."""
    angles = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    ring = [(round(40.7 + 33 * np.sin(a)), round(70.3 + 33 * np.cos(a))) for a in angles]
    single = [(20, 20), (80, 120), (40, 90)]
    image = with_spots(noise(SHAPE), ring + single)
    detector = SmallDetector.create()
    assert detector.check(image, spot_settings()).spot_count == 17
    changes = {"filter_powder_rings": True, "min_spot_count_powder_ring": 15}
    assert detector.check(image, spot_settings(**changes)).spot_count == 17
    found = detector.check(image, spot_settings(**changes | {"min_spot_count_powder_ring": 5}))
    assert 3 <= found.spot_count < 17
    for row, column in single:
        distance = np.hypot(found.spots.x_pxl - column, found.spots.y_pxl - row)
        assert distance.min() < 1


def test_switched_off() -> None:
    """B118: zero spots."""
    found = SmallDetector.create().find(
        with_spots(noise(SHAPE), [(20, 20)]), spot_settings(enable=False)
    )
    assert (found.spot_count, len(found.spots), found.strong_pixel_count) == (0, 0, 0)


def test_settings_change_from_image_to_image() -> None:
    """B116: and nothing is left of the image before."""
    finder = SmallDetector.create().finder()
    images = [with_spots(noise(SHAPE, seed=k), [(20, 20), (50, 7 * k)]) for k in range(1, 4)]
    for _ in range(2):
        for image in images:
            for threshold in (0, 8, 1000):
                changed = spot_settings(photon_count_threshold=threshold)
                found = finder.apply(image.astype(np.int16).ravel(), changed)
                alone = SmallDetector.create().find(image, changed)
                assert found.spot_count == alone.spot_count
                np.testing.assert_array_equal(found.spots.x_pxl, alone.spots.x_pxl)


def test_nothing_is_allocated_but_the_result() -> None:
    layout = module_layout(detector_of(1), assembled=True)
    finder = SpotFinding(layout, spot_modules(layout, no_mask(layout)), pixel_plan(), BEAM)
    image = noise(layout.shape).astype(np.int16).ravel()
    finder.apply(image, spot_settings(photon_count_threshold=1))
    tracemalloc.start()
    try:
        finder.apply(image, spot_settings(photon_count_threshold=1))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * 1024


def test_refuses_other_images() -> None:
    finder = SmallDetector.create().finder()
    with pytest.raises(ValueError, match=r"expected a flat image \(90, 140\), got \(100,\)"):
        finder.apply(np.zeros(100, np.int16), spot_settings())
    with pytest.raises(ValueError, match="expected contiguous int16, got int32"):
        finder.apply(np.zeros(90 * 140, np.int32), spot_settings())
    with pytest.raises(ValueError, match="expected 64 columns or more, got 63"):
        SmallDetector.create(shape=(90, 63)).finder()
    layout = module_layout(detector_of(1), assembled=True)
    with pytest.raises(ValueError, match="expected a mask"):
        spot_modules(layout, np.zeros((2, 2), np.uint32))
