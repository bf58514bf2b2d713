"""Images of frames with the gain fixed to G1, against the rules of the conversion."""

from dataclasses import replace

import numpy as np
import pytest

from jfjoch.calibration.gains import GainMaps
from jfjoch.calibration.pedestals import Pedestals
from jfjoch.geometry.modules import module_layout
from jfjoch.processing.fixed_gain import fixed_gain_tables
from jfjoch.processing.pipeline import ImagePipeline
from tests.helpers.pipeline_runs import detector_of, no_mask
from tests.helpers.pixel_types import pixel_plan
from tests.helpers.raw_frames import calibrated_frames
from tests.reference.conversion import exact_counts, round_half_away, special_counts

ENERGY_KEV = 12.4


def frames_in_g1(frames: int) -> tuple[np.ndarray, Pedestals, GainMaps]:
    """Nearly all pixels in G1; special words, pedestals and gains strewn in; G0 and G2 unknown."""
    random = calibrated_frames(frames=frames, storage_cells=2, seed=7)
    raw = random.raw.copy()
    usual = (raw >> 14 == 0) & (np.random.default_rng(2).random(raw.shape) < 0.99)
    raw[usual] = (13600 - (raw[usual] & 0x3FFF) // 16) | 0x4000
    assert (raw >> 14 == 1).mean() > 0.9
    return raw, random.pedestals.with_g1_only(), random.gains


def image_of(raw: np.ndarray, pedestals: Pedestals, gains: GainMaps, cell: int) -> np.ndarray:
    layout = module_layout(detector_of(1), assembled=False)
    plan = pixel_plan("int32", assembled=False, frames_per_image=len(raw), fixed_gain_g1=True)
    tables = fixed_gain_tables(pedestals, gains, ENERGY_KEV)
    pipeline = ImagePipeline(plan, layout, tables, no_mask(layout), "none")
    pipeline.begin()
    for frame in raw:
        pipeline.add_frame(frame.copy(), cell)
    image, *_ = pipeline.finish()
    return np.frombuffer(image.payload, np.int32).reshape(layout.shape)


@pytest.mark.parametrize("cell", [0, 1])
@pytest.mark.parametrize("frames", [1, 3])
def test_agrees_with_the_slow_twin(frames: int, cell: int) -> None:
    """B093: single frames and sums, of any storage cell."""
    raw, pedestals, gains = frames_in_g1(frames)
    image = image_of(raw, pedestals, gains, cell)
    pedestal = pedestals.mean_adu[:, cell].astype(np.float64)
    gain = gains.maps.swapaxes(0, 1)
    special = np.stack([special_counts(frame, pedestal, gain)[0] for frame in raw])
    exact = np.stack([exact_counts(frame, pedestal, gain, ENERGY_KEV)[0] for frame in raw])
    numbers = (special == 0).all(axis=0)
    assert numbers.mean() > 0.8
    tolerance = 3e-7 * np.abs(exact[:, numbers]) + 1e-6
    lowest, highest = (
        round_half_away(exact[:, numbers] + sign * tolerance).sum(axis=0) for sign in (-1, 1)
    )
    assert ((lowest <= image[numbers]) & (image[numbers] <= highest)).all()
    worst = special.min(axis=0), special.max(axis=0)
    expected = np.where(worst[0] < 0, special.min(), special.max())
    np.testing.assert_array_equal(image[~numbers], expected[~numbers])


def test_a_dead_pixel_is_told_by_g0() -> None:
    """Its saturation is an error; a G1 of 0 alone leaves saturation what it is."""
    raw, pedestals, gains = frames_in_g1(1)
    gains = replace(gains, maps=gains.maps.copy())
    raw[0, 0, 5, :3] = 0xC000
    gains.maps[0, :2, 5, :3] = [[0, 41, 41], [-1.4, 0, -1.4]]
    image = image_of(raw, pedestals, gains, 0)
    assert image[5, :3].tolist() == [-(2**31), 2**31 - 1, 2**31 - 1]
