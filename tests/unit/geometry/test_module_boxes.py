"""The part of the image that a module fills."""

import numpy as np
import pytest

from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.model.detector import Detector, DetectorModule
from tests.helpers.pipeline_runs import detector_of


def custom_layout() -> ModuleLayout:
    modules = [
        DetectorModule(x0=0, y0=0, fast_axis="Xp", slow_axis="Yp"),
        DetectorModule(x0=1600, y0=1029, fast_axis="Yn", slow_axis="Xn"),
        DetectorModule(x0=1029, y0=1200, fast_axis="Xn", slow_axis="Yp"),
    ]
    detector = Detector(description="x", serial_number="y", custom_geometry=modules)
    return module_layout(detector, assembled=True)


@pytest.mark.parametrize(
    "layout",
    [
        module_layout(detector_of(3, 2), assembled=True),
        module_layout(detector_of(3, 2, mirror_y=False), assembled=True),
        module_layout(detector_of(2, type="EIGER"), assembled=True),
        module_layout(detector_of(3), assembled=False),
        custom_layout(),
    ],
)
def test_boxes_hold_the_pixels_of_their_modules(layout: ModuleLayout) -> None:
    for module, box in enumerate(layout.module_boxes()):
        raw_map = np.zeros(layout.raw_shape, np.uint8)
        raw_map[module] = 1
        image = layout.to_image(raw_map, 0)
        assert image[box].sum() == image.sum()
        for edge in (image[box][0], image[box][-1], image[box][:, 0], image[box][:, -1]):
            assert edge.any()
