"""Frames of a JUNGFRAU 4M as they come: few photons, one pixel in a thousand in G1 or G2."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.calibration.gains import NOMINAL_GAINS_ADU_PER_KEV, GainMaps
from jfjoch.calibration.pedestals import Pedestals
from jfjoch.geometry.modules import ModuleLayout, module_layout
from jfjoch.kernels.conversion import CellTables
from jfjoch.model.detector import Detector, StandardDetectorGeometry
from jfjoch.processing.conversion_tables import ConversionTables

FRAME_COUNT = 6
"""Different frames in rotation, so that none stays in the cache."""
ENERGY_KEV = 12.4
MODULES = 8
_PEDESTALS_ADU = (2450.0, 13600.0, 14100.0)
_PHOTONS_PER_PIXEL = 0.3
_HIGH_SHARE = 0.0011


@dataclass(frozen=True)
class Workload:
    """What conversion and compression work on."""

    frames: list[NDArray[np.uint16]]
    """Each [8, 512, 1024]."""
    layout: ModuleLayout
    gains: GainMaps
    pedestals: Pedestals
    tables: CellTables

    @classmethod
    def create(cls) -> "Workload":
        """Draw frames of a fixed seed."""
        rng = np.random.default_rng(1)
        layout = module_layout(_detector(), assembled=True)
        levels = np.array(_PEDESTALS_ADU)[:, None, None, None, None]
        mean = rng.normal(levels, 50, (3, 1, *layout.raw_shape)).astype(np.float32)
        pedestals = Pedestals(mean, np.full_like(mean, 24), "measured")
        gains = GainMaps.nominal(MODULES)
        tables = ConversionTables.build(pedestals, gains, ENERGY_KEV, use_hg0=False)
        frames = [_frame(rng, mean[:, 0]) for _ in range(FRAME_COUNT)]
        return cls(frames, layout, gains, pedestals, tables.cells[0])


def _detector() -> Detector:
    geometry = StandardDetectorGeometry(nmodules=MODULES, modules_in_row=2)
    return Detector(description="JUNGFRAU 4M", serial_number="bench", standard_geometry=geometry)


def _frame(rng: np.random.Generator, mean: NDArray[np.float32]) -> NDArray[np.uint16]:
    photons = rng.poisson(_PHOTONS_PER_PIXEL, mean.shape[1:])
    adu = mean[0] + photons * NOMINAL_GAINS_ADU_PER_KEV[0] * ENERGY_KEV
    frame = np.clip(rng.normal(adu, 24), 1, 0x3FFF).astype(np.uint16)
    high = rng.random(frame.shape) < _HIGH_SHARE
    frame[high] = 0x4000 | (mean[1][high] - 2000).astype(np.uint16)
    return frame
