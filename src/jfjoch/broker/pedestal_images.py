"""The pedestal in use, as an image."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.broker.live_settings import LiveSettings
from jfjoch.broker.selected_detector import SelectedDetector
from jfjoch.broker.settings_sections import DETECTOR_SETTINGS
from jfjoch.calibration.pedestals import Pedestals
from jfjoch.geometry.module_shape import RAW_SHAPE
from jfjoch.model.detector_settings import DetectorSettings

_STAGES = range(3)


@dataclass(frozen=True, slots=True)
class PedestalImages:
    """Pedestals of the selected detector, from when it is initialized."""

    detectors: SelectedDetector
    settings: LiveSettings
    is_initialized: Callable[[], bool]

    def image(self, stage: int, storage_cell: int) -> NDArray[np.float32] | None:
        """Return the pedestal of a gain stage (0, 1, 2), stacked raw modules [512 n, 1024], ADU.

        NaN where the stage was not measured or the pixel was refused. None before the detector is
        initialized, for other stages or storage cells, and for an EIGER, which has no pedestal.
        """
        pedestals = self.detectors.system.calibration.pedestals
        if not self.is_initialized() or stage not in _STAGES or pedestals.module_count == 0:
            return None
        settings = self.settings.present[DETECTOR_SETTINGS]
        if _converts_without(pedestals, settings):
            return _zero(pedestals, storage_cell, settings.jungfrau_storage_cell_count)
        if storage_cell not in range(pedestals.storage_cell_count):
            return None
        modules: NDArray[np.float32] = pedestals.mean_adu[stage, storage_cell]
        return modules.reshape(-1, RAW_SHAPE[1])


def _converts_without(pedestals: Pedestals, settings: DetectorSettings) -> bool:
    """Only the internal generator runs without a pedestal of these settings: with 0."""
    usable = pedestals.origin != "none" and pedestals.mismatch(settings) is None
    return settings.internal_frame_generator and not usable


def _zero(
    pedestals: Pedestals, storage_cell: int, storage_cell_count: int
) -> NDArray[np.float32] | None:
    if storage_cell not in range(storage_cell_count):
        return None
    return np.zeros((pedestals.module_count * RAW_SHAPE[0], RAW_SHAPE[1]), np.float32)
