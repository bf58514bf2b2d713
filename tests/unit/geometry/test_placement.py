"""Geometries by the place of every module."""

import numpy as np
import pytest

from jfjoch.errors import ConfigurationError
from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.model.detector import Detector, DetectorModule, StandardDetectorGeometry
from tests.reference.assembly import duplicated


def custom_layout(*modules: tuple[float, float, str, str], mirror_y: bool = False) -> ModuleLayout:
    geometry = [
        DetectorModule(x0=x0, y0=y0, fast_axis=fast, slow_axis=slow)  # type: ignore[arg-type]  # a literal
        for x0, y0, fast, slow in modules
    ]
    detector = Detector(
        description="test", serial_number="T1", custom_geometry=geometry, mirror_y=mirror_y
    )
    return module_layout(detector, assembled=True)


@pytest.mark.parametrize(
    ("fast", "slow"),
    [(f"{a}{s}", f"{b}{t}") for a, b in ("XY", "YX") for s in "pn" for t in "pn"],
)
@pytest.mark.parametrize("mirror_y", [False, True])
def test_module_in_every_direction(fast: str, slow: str, mirror_y: bool) -> None:
    """B192: (x0, y0) is the place of pixel (0, 0), the axes are those of columns and rows."""
    raw_map = np.arange(512 * 1024, dtype=np.uint32).reshape(1, 512, 1024)
    layout = custom_layout((-100, 300, fast, slow), mirror_y=mirror_y)
    module = duplicated(raw_map[0])
    if fast[0] == "Y":
        module = module.T
    along_x, along_y = (fast, slow) if fast[0] == "X" else (slow, fast)
    module = module[:, ::-1] if along_x[1] == "n" else module
    module = module[::-1] if along_y[1] == "n" else module
    image = layout.to_image(raw_map, 0)
    np.testing.assert_array_equal(image, module[::-1] if mirror_y else module)


def test_smallest_image_that_holds_all_modules() -> None:
    layout = custom_layout((10, 20, "Xp", "Yp"), (1050, 10, "Yp", "Xp"))
    assert layout.shape == (1030, 1040 + 514)
    raw_map = np.stack([np.full((512, 1024), k + 1, np.uint32) for k in range(2)])
    image = layout.to_image(raw_map, 9)
    assert np.all(image[10:524, :1030] == 1)
    assert np.all(image[:, 1040:] == 2)
    assert np.count_nonzero(image == 9) == image.size - 2 * 514 * 1030


@pytest.mark.parametrize(("x0", "y0"), [(1029, 513), (0, 0), (-1029, -513), (500, -100)])
def test_overlapping_modules_are_refused(x0: float, y0: float) -> None:
    with pytest.raises(ConfigurationError, match=r"custom_geometry\[0\].*custom_geometry\[1\]"):
        custom_layout((0, 0, "Xp", "Yp"), (x0, y0, "Xp", "Yp"))


@pytest.mark.parametrize(("x0", "y0"), [(1030, 0), (0, 514), (-1030, 0), (0, -514)])
def test_touching_modules_do_not_overlap(x0: float, y0: float) -> None:
    layout = custom_layout((0, 0, "Xp", "Yp"), (x0, y0, "Xp", "Yp"))
    assert layout.height * layout.width == 2 * 514 * 1030


@pytest.mark.parametrize(("fast", "slow"), [("Xp", "Xn"), ("Yp", "Yp")])
def test_parallel_axes_are_refused(fast: str, slow: str) -> None:
    with pytest.raises(ConfigurationError, match="perpendicular"):
        custom_layout((0, 0, fast, slow))


@pytest.mark.parametrize(
    "geometry",
    [
        {"nmodules": 10**12},
        {"nmodules": 2, "gap_y": 10**9},
        {"nmodules": 1, "modules_in_row": 64},
    ],
)
def test_image_that_is_too_large_is_refused(geometry: dict[str, int]) -> None:
    standard = StandardDetectorGeometry.model_validate(geometry)
    detector = Detector(description="test", serial_number="T1", standard_geometry=standard)
    with pytest.raises(ConfigurationError, match="at most 65536 in either direction"):
        module_layout(detector, assembled=True)


def test_far_away_module_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="x0 and y0"):
        custom_layout((0, 0, "Xp", "Yp"), (1e6, 0, "Xp", "Yp"))
