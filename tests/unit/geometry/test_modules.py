"""Raw modules and images."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jfjoch.errors import InvalidInput
from jfjoch.geometry.modules import module_layout
from jfjoch.model.detector import Detector, DetectorModule, StandardDetectorGeometry
from tests.helpers.pipeline_runs import detector_of
from tests.reference.assembly import duplicated


def random_map(modules: int, dtype: str = "uint32") -> np.ndarray:
    rng = np.random.default_rng(modules)
    return rng.integers(0, 60000, (modules, 512, 1024)).astype(dtype)


@pytest.mark.parametrize(
    ("modules", "in_row", "width", "height"),
    [
        (1, 1, 1030, 514),
        (2, 1, 1030, 1064),
        (8, 2, 2068, 2164),
        (18, 3, 3106, 3264),
        (32, 4, 4144, 4364),
        (3, 2, 2068, 1064),
    ],
)
def test_sizes_of_standard_detectors(modules: int, in_row: int, width: int, height: int) -> None:
    """B192; an incomplete row counts as a row."""
    layout = module_layout(detector_of(modules, in_row), assembled=True)
    assert (layout.width, layout.height) == (width, height)
    assert layout.module_count == modules


@pytest.mark.parametrize("mirror_y", [False, True])
def test_maps_are_duplicated_and_gaps_filled(mirror_y: bool) -> None:
    """B192: with mirror_y the first module is bottom left, its first row at the bottom."""
    layout = module_layout(detector_of(3, 2, mirror_y), assembled=True)
    raw_map = random_map(3)
    expected = np.full((1064, 2068), 7, np.uint32)
    for k, (x, y) in enumerate([(0, 0), (1038, 0), (0, 550)]):
        expected[y : y + 514, x : x + 1030] = duplicated(raw_map[k])
    image = layout.to_image(raw_map, 7)
    np.testing.assert_array_equal(image, expected[::-1] if mirror_y else expected)


def test_stacked_modules_are_not_mirrored() -> None:
    layout = module_layout(detector_of(3), assembled=False)
    assert layout.shape == (3 * 512, 1024)
    raw_map = random_map(3)
    image = layout.to_image(raw_map, 0)
    np.testing.assert_array_equal(image, raw_map.reshape(layout.shape))
    np.testing.assert_array_equal(layout.to_raw(image.astype(np.uint16)), raw_map.astype(np.uint16))


def test_parts_of_multipixels_are_added() -> None:
    layout = module_layout(detector_of(2), assembled=True)
    raw_map = random_map(2, "uint16") // 8
    back = layout.to_raw(layout.to_image(raw_map, 9))
    parts = duplicated(np.ones((512, 1024), np.int64))
    columns = np.ones(1024, np.int64)
    columns[[255, 256, 511, 512, 767, 768]] = 2
    rows = np.ones(512, np.int64)
    rows[[255, 256]] = 2
    assert parts.shape == (514, 1030)
    np.testing.assert_array_equal(back, raw_map * np.outer(rows, columns))


def test_sums_of_parts_beyond_16_bits_are_cut() -> None:
    layout = module_layout(detector_of(1), assembled=True)
    raw = layout.to_raw(np.full(layout.shape, 40000, np.uint16))
    assert raw[0, 0, 0] == 40000
    assert raw[0, 0, 255] == raw[0, 255, 256] == 65535


def test_image_of_another_size_is_refused() -> None:
    layout = module_layout(detector_of(1), assembled=True)
    with pytest.raises(InvalidInput, match=r"1030 x 514.*\(514, 1029\)"):
        layout.to_raw(np.zeros((514, 1029), np.uint16))


def test_map_of_another_shape_is_refused() -> None:
    layout = module_layout(detector_of(2), assembled=True)
    with pytest.raises(ValueError, match=r"\(2, 512, 1024\)"):
        layout.to_image(random_map(1), 0)


_DIRECTIONS = [(a + s, b + t) for a, b in ("XY", "YX") for s in "pn" for t in "pn"]


@st.composite
def standard_detectors(draw: st.DrawFn) -> Detector:
    geometry = StandardDetectorGeometry(
        nmodules=draw(st.integers(1, 5)),
        modules_in_row=draw(st.integers(1, 4)),
        gap_x=draw(st.integers(0, 40)),
        gap_y=draw(st.integers(0, 40)),
    )
    return Detector(
        description="d",
        serial_number="s",
        standard_geometry=geometry,
        mirror_y=draw(st.booleans()),
        type=draw(st.sampled_from(["JUNGFRAU", "EIGER"])),
    )


@st.composite
def custom_detectors(draw: st.DrawFn) -> Detector:
    """Modules turned in any way, far enough from each other."""
    modules = []
    for place in range(draw(st.integers(1, 3))):
        fast, slow = draw(st.sampled_from(_DIRECTIONS))
        x0, y0 = draw(st.integers(-50, 50)), 2200 * place + draw(st.integers(-50, 50))
        modules.append(DetectorModule(x0=x0, y0=y0, fast_axis=fast, slow_axis=slow))
    return Detector(
        description="d",
        serial_number="s",
        custom_geometry=modules,
        mirror_y=draw(st.booleans()),
        type=draw(st.sampled_from(["JUNGFRAU", "EIGER"])),
    )


@settings(max_examples=25, deadline=None)
@given(st.one_of(standard_detectors(), custom_detectors()), st.booleans())
def test_maps_and_masks_come_back_as_they_were(detector: Detector, assembled: bool) -> None:
    """Every pixel of every module has places of its own, whatever the geometry."""
    layout = module_layout(detector, assembled)
    extends = assembled and detector.type == "JUNGFRAU"
    raw_mask = random_map(detector.module_count) % 2
    image = layout.to_image(raw_mask, gap_value=1)
    np.testing.assert_array_equal(layout.to_raw_mask(image.astype(np.bool_)), raw_mask)
    numbers = np.arange(raw_mask.size, dtype=np.int64).reshape(raw_mask.shape)
    places = np.bincount(layout.to_image(numbers, gap_value=raw_mask.size).ravel())
    assert set(np.unique(places[: raw_mask.size])) == ({1, 2, 4} if extends else {1})
    assert places[raw_mask.size :].sum() == image.size - layout.module_count * (
        514 * 1030 if extends else 512 * 1024
    )


def test_a_multipixel_is_masked_with_any_of_its_parts() -> None:
    layout = module_layout(detector_of(1, mirror_y=False), assembled=True)
    for row, column in [(255, 257), (255, 258), (256, 257), (256, 258)]:
        image = np.zeros(layout.shape, np.bool_)
        image[row, column] = True
        assert np.argwhere(layout.to_raw_mask(image)).tolist() == [[0, 255, 256]]


def test_gaps_are_left_out_of_masks() -> None:
    layout = module_layout(detector_of(2), assembled=True)
    image = np.zeros(layout.shape, np.bool_)
    image[514:550] = True
    assert not layout.to_raw_mask(image).any()


def test_mask_of_another_size_is_refused() -> None:
    layout = module_layout(detector_of(1), assembled=True)
    with pytest.raises(InvalidInput, match=r"1030 x 514.*\(512, 1024\)"):
        layout.to_raw_mask(np.zeros((512, 1024), np.bool_))
