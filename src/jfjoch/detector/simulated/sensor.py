"""What is true about each pixel of the simulated detector."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.calibration.gains import GainMaps
from jfjoch.detector.simulated.random_stream import random_stream

PEDESTALS_ADU = (2450.0, 13600.0, 14100.0)
"""Typical dark level in G0, G1, G2."""
READOUT_RMS_ADU = (24.0, 12.0, 10.0)
"""Typical noise in G0, G1, G2."""
_CHIP_SPREAD_ADU = 60.0
_PIXEL_SPREAD_ADU = 80.0
_RMS_SPREAD = 0.06
_GAIN_SPREAD = 0.03
"""Relative spread from pixel to pixel, standard deviation."""
_CHIP_ROWS, _CHIP_COLUMNS, _CHIP_PIXELS = 2, 4, 256


class Sensor:
    """The truth that calibration has to find: pedestal, noise and gain of every pixel.

    With ``gain_maps`` these are the true gains; a gain that is no number is 0, a pixel that
    does not react to light. Without, the nominal gains vary by 3 % from pixel to pixel.
    """

    def __init__(self, module_count: int, gain_maps: GainMaps | None, seed: int) -> None:
        rng = random_stream(seed, "sensor")
        self.module_count = module_count
        self.pedestals_adu: NDArray[np.float32] = np.stack(
            [_pedestal(level, module_count, rng) for level in PEDESTALS_ADU]
        )
        """[3 stages, modules, 512, 1024]."""
        self.rms_adu = _spread(_RMS_SPREAD, self.pedestals_adu.shape, rng)
        """The same shape."""
        self.rms_adu *= np.array(READOUT_RMS_ADU, np.float32)[:, None, None, None]
        self.gains = _varied(module_count, rng) if gain_maps is None else _sanitised(gain_maps)
        """ADU per keV."""


def _pedestal(level: float, module_count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    chips = rng.normal(level, _CHIP_SPREAD_ADU, (module_count, _CHIP_ROWS, _CHIP_COLUMNS))
    pixels = chips.repeat(_CHIP_PIXELS, axis=1).repeat(_CHIP_PIXELS, axis=2).astype(np.float32)
    pixels += np.float32(_PIXEL_SPREAD_ADU) * rng.standard_normal(pixels.shape, np.float32)
    return pixels


def _spread(
    relative: float, shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return factors around 1 with a Gaussian spread."""
    factors = rng.standard_normal(shape, np.float32)
    factors *= np.float32(relative)
    factors += np.float32(1)
    return factors


def _varied(module_count: int, rng: np.random.Generator) -> GainMaps:
    maps = GainMaps.nominal(module_count).maps
    maps *= _spread(_GAIN_SPREAD, maps.shape, rng)
    return GainMaps(maps)


def _sanitised(gain_maps: GainMaps) -> GainMaps:
    if np.isfinite(gain_maps.maps).all():
        return gain_maps
    maps = np.where(np.isfinite(gain_maps.maps), gain_maps.maps, 0.0)
    return GainMaps(maps, gain_maps.file_names)
