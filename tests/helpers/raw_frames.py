"""Raw frames, pedestals and gains that reach every rule of the conversion."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.calibration.gains import NOMINAL_GAINS_ADU_PER_KEV, GainMaps
from jfjoch.calibration.pedestals import Pedestals

SPECIAL_WORDS = (0x0000, 0x3FFF, 0x4000, 0x4001, 0x8000, 0x9234, 0xBFFF, 0xC000, 0xC001, 0xFFFF)
SPECIAL_PEDESTALS = (np.nan, 16383.0, np.nextafter(np.float32(16383), np.float32(2e4)), 0.0)
SPECIAL_GAINS = (0.0, np.nan, np.inf, -30.0)


@dataclass(frozen=True)
class CalibratedFrames:
    """Frames [frames, modules, 512, 1024] with what converts them."""

    raw: NDArray[np.uint16]
    pedestals: Pedestals
    gains: GainMaps

    def maps(self, storage_cell: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return pedestal and gain [3, modules, 512, 1024]."""
        pedestal = self.pedestals.mean_adu[:, storage_cell].astype(np.float64)
        return pedestal, self.gains.maps[:, :3].swapaxes(0, 1)


def calibrated_frames(
    frames: int = 1, modules: int = 1, storage_cells: int = 1, seed: int = 1
) -> CalibratedFrames:
    """Return frames mostly in G0 with many special words, pedestals and gains strewn in."""
    rng = np.random.default_rng(seed)
    shape = (modules, 512, 1024)
    raw = rng.normal(2600, 400, (frames, *shape)).astype(np.uint16)
    for bits, share in ((0x4000, 0.01), (0xC000, 0.005)):
        chosen = rng.random(raw.shape) < share
        raw[chosen] = bits | rng.integers(0, 0x4000, chosen.sum(), np.uint16)
    _strew(rng, raw, SPECIAL_WORDS)
    levels = np.array((2450, 13600, 14100))[:, None, None, None, None]
    mean = rng.normal(levels, 80, (3, storage_cells, *shape)).astype(np.float32)
    _strew(rng, mean, SPECIAL_PEDESTALS)
    nominal = np.array(NOMINAL_GAINS_ADU_PER_KEV)[:, None, None]
    gains = nominal * rng.normal(1, 0.03, (modules, 3, *shape[1:]))
    _strew(rng, gains, SPECIAL_GAINS)
    pedestals = Pedestals(mean, np.full_like(mean, 24), "measured")
    return CalibratedFrames(raw, pedestals, GainMaps(gains))


def _strew(rng: np.random.Generator, array: NDArray, values: tuple[float, ...]) -> None:  # type: ignore[type-arg]  # any number type
    """Write each value to about 0.2 % of the places."""
    for value in values:
        array[rng.random(array.shape) < 0.002] = value
