"""Which frames are kept, and which are rendered on the way."""

from typing import Any

import numpy as np
import pytest

from jfjoch.detector.simulated.beam import BeamGeometry
from jfjoch.detector.simulated.frame_pool import LightFramePool, most_frames_kept
from jfjoch.detector.simulated.jungfrau_renderer import JungfrauRenderer
from jfjoch.detector.simulated.readout import Readout
from jfjoch.detector.simulated.scene import Scene
from jfjoch.detector.simulated.sensor import Sensor
from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.model.plan import CrystalRotation
from tests.helpers.frame_plans import frame_plan
from tests.helpers.pipeline_runs import detector_of

SEED = 1


@pytest.fixture(scope="module")
def layout() -> ModuleLayout:
    return module_layout(detector_of(1), assembled=True)


@pytest.fixture(scope="module")
def sensor() -> Sensor:
    return Sensor(1, None, SEED)


def pool(layout: ModuleLayout, sensor: Sensor, **changed: Any) -> LightFramePool:
    plan = frame_plan(**changed)
    beam = BeamGeometry.centred(layout.width, layout.height)
    scene = Scene(layout, beam, plan.photon_energy_keV, SEED, plan.rotation)
    return LightFramePool(JungfrauRenderer(scene, sensor, Readout(SEED), SEED, plan))


def frame_of(pool: LightFramePool, number: int) -> np.ndarray:
    frame = np.empty((1, 512, 1024), np.uint16)
    pool.write(number, frame)
    return frame


def test_stills_repeat_after_sixteen(layout: ModuleLayout, sensor: Sensor) -> None:
    stills = pool(layout, sensor)
    stills.prepare(1000)
    assert [stills.image_of(number) for number in (0, 15, 16, 999)] == [0, 15, 0, 999 % 16]
    np.testing.assert_array_equal(frame_of(stills, 3), frame_of(stills, 19))


def test_a_short_run_renders_no_more_than_it_needs(layout: ModuleLayout, sensor: Sensor) -> None:
    stills = pool(layout, sensor)
    stills.prepare(2)
    assert stills.image_of(2) == 0
    before = frame_of(stills, 1)
    stills.prepare(3)
    assert stills.image_of(2) == 2
    np.testing.assert_array_equal(frame_of(stills, 1), before)


@pytest.mark.parametrize(("cells", "kept"), [(3, 15), (5, 15), (12, 12), (16, 16)])
def test_a_frame_always_shows_its_storage_cell(
    layout: ModuleLayout, sensor: Sensor, cells: int, kept: int
) -> None:
    """B092: frames repeat after a multiple of the storage cells."""
    stills = pool(layout, sensor, storage_cell_count=cells)
    stills.prepare(100)
    assert stills.image_of(kept) == 0
    number = kept + cells - 1
    frame = frame_of(stills, number)
    own, other = (
        np.abs(frame - sensor.truth(cell).pedestals_adu[:, 0])[frame >> 14 == 0]
        for cell in (cells - 1, cells - 2)
    )
    assert np.percentile(own, 40) < 25 < np.percentile(other, 40), "noise alone, in dark pixels"


def test_few_frames_of_a_short_run_with_storage_cells(layout: ModuleLayout, sensor: Sensor) -> None:
    stills = pool(layout, sensor, storage_cell_count=4)
    stills.prepare(2)
    assert stills.image_of(4) == 0


def test_a_turning_crystal_does_not_come_back(layout: ModuleLayout, sensor: Sensor) -> None:
    """B052: the frames beyond those that are kept are rendered when they are asked for."""
    scan = pool(layout, sensor, rotation=CrystalRotation(0.0, 0.5, (-1.0, 0.0, 0.0)))
    scan.prepare(1000)
    assert [scan.image_of(number) for number in (0, 15, 16, 999)] == [0, 15, 16, 999]
    frames = [frame_of(scan, number) for number in (14, 15, 16, 17)]
    for number, frame in enumerate(frames):
        others = frames[:number] + frames[number + 1 :]
        assert all((frame != other).mean() > 0.5 for other in others)
    np.testing.assert_array_equal(frames[2], frame_of(scan, 16))


@pytest.mark.parametrize(("cells", "kept"), [(1, 5), (2, 4), (4, 4), (8, 8)])
def test_frames_kept_of_big_detectors_are_fewer(cells: int, kept: int) -> None:
    """128 MiB are 5 frames of 25 modules; every storage cell has one all the same."""
    assert most_frames_kept(25 * 2**20, cells) == kept
