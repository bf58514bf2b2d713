"""What is true about each pixel of the simulated detector."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.calibration.gains import HG0, GainMaps
from jfjoch.detector.simulated.random_stream import random_stream
from jfjoch.errors import DetectorError
from jfjoch.kernels.counts import CHIP_PIXELS, MODULE_SHAPE

PEDESTALS_ADU = (2450.0, 13600.0, 14100.0)
"""Typical dark level in G0, G1, G2."""
READOUT_RMS_ADU = (24.0, 12.0, 10.0)
"""Typical noise in G0, G1, G2."""
PEDESTAL_HG0_ADU = 2700.0
READOUT_RMS_HG0_ADU = 38.0
"""The same in G0 with high gain: fewer electrons of noise, but more ADU."""
_CHIP_SPREAD_ADU = 60.0
_PIXEL_SPREAD_ADU = 80.0
_CELL_CHIP_SPREAD_ADU = 40.0
_CELL_PIXEL_SPREAD_ADU = 15.0
_RMS_SPREAD = 0.06
_GAIN_SPREAD = 0.03
"""Relative spread from pixel to pixel, standard deviation."""
_CHIP_ROWS, _CHIP_COLUMNS = (size // CHIP_PIXELS for size in MODULE_SHAPE)


@dataclass(frozen=True, slots=True, eq=False)
class PixelTruth:
    """What is true for one storage cell and one gain setting; stages are G0 (or HG0), G1, G2."""

    pedestals_adu: NDArray[np.float32]
    """[modules, 3 stages, 512, 1024]."""
    rms_adu: NDArray[np.float32]
    """The same shape."""
    gains_adu_per_keV: NDArray[np.float64]  # noqa: N815 (unit)
    """The same shape."""


class Sensor:
    """The truth that calibration has to find: pedestal, noise and gain of every pixel.

    With ``gain_maps`` these are the true gains; a gain that is no number is 0, a pixel that
    does not react to light. Without, the nominal gains vary by 3 % from pixel to pixel.
    """

    def __init__(self, module_count: int, gain_maps: GainMaps | None, seed: int) -> None:
        rng = random_stream(seed, "sensor")
        self.module_count = module_count
        self._seed = seed
        pedestals = _pedestals(PEDESTALS_ADU, module_count, rng)
        rms = _rms(READOUT_RMS_ADU, module_count, rng)
        self.gains = _varied(module_count, rng) if gain_maps is None else _sanitised(gain_maps)
        """ADU per keV."""
        self._truths = {
            _Setting(0, use_hg0=False): PixelTruth(pedestals, rms, self.gains.maps[:, :3])
        }

    def truth(self, storage_cell: int = 0, use_hg0: bool = False) -> PixelTruth:
        """Return what is true; made when first asked for, as a cell takes 6 MB per module.

        Raises:
            DetectorError: high gain asked of a sensor whose gain maps do not have it.
        """
        setting = _Setting(storage_cell, use_hg0)
        if setting not in self._truths:
            if storage_cell > 0:
                self._truths[setting] = self._of_cell(storage_cell, self.truth(0, use_hg0))
            else:
                self._truths[setting] = self._with_hg0(self.truth())
        return self._truths[setting]

    def _of_cell(self, storage_cell: int, first: PixelTruth) -> PixelTruth:
        """Storage cells differ in pedestal: mostly by chip, a little by pixel."""
        rng = random_stream(self._seed, "storage cell", storage_cell)
        shift = _chip_levels(np.zeros(3), _CELL_CHIP_SPREAD_ADU, self.module_count, rng)
        shift += np.float32(_CELL_PIXEL_SPREAD_ADU) * rng.standard_normal(shift.shape, np.float32)
        return replace(first, pedestals_adu=first.pedestals_adu + shift)

    def _with_hg0(self, usual: PixelTruth) -> PixelTruth:
        maps = self.gains.maps
        if maps.shape[1] <= HG0:
            raise DetectorError("the simulated detector has no gain maps of HG0; give gain files")
        rng = random_stream(self._seed, "sensor with high gain")
        pedestals, rms = usual.pedestals_adu.copy(), usual.rms_adu.copy()
        pedestals[:, :1] = _pedestals((PEDESTAL_HG0_ADU,), self.module_count, rng)
        rms[:, :1] = _rms((READOUT_RMS_HG0_ADU,), self.module_count, rng)
        return PixelTruth(pedestals, rms, maps[:, [HG0, 1, 2]])


class _Setting(NamedTuple):
    storage_cell: int
    use_hg0: bool


def _pedestals(
    levels: Sequence[float], module_count: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return [modules, levels, 512, 1024] ADU."""
    pixels = _chip_levels(np.array(levels), _CHIP_SPREAD_ADU, module_count, rng)
    pixels += np.float32(_PIXEL_SPREAD_ADU) * rng.standard_normal(pixels.shape, np.float32)
    return pixels


def _chip_levels(
    levels: NDArray[np.float64], spread: float, module_count: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return [modules, levels, 512, 1024], each chip at a level of its own."""
    shape = (module_count, len(levels), _CHIP_ROWS, _CHIP_COLUMNS)
    chips = rng.normal(levels[:, None, None], spread, shape).astype(np.float32)
    return chips.repeat(CHIP_PIXELS, axis=2).repeat(CHIP_PIXELS, axis=3)


def _rms(
    levels: Sequence[float], module_count: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return [modules, levels, 512, 1024] ADU."""
    rms = _spread(_RMS_SPREAD, (module_count, len(levels), *MODULE_SHAPE), rng)
    rms *= np.array(levels, np.float32)[:, None, None]
    return rms


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
