"""The pixel mask that goes with a calibration and the settings."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.calibration.pedestals import Pedestals
from jfjoch.geometry.pixel_mask import raw_pixel_mask
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.experiment import Experiment


def raw_mask_in_use(
    user_mask: NDArray[np.bool_], present: Pedestals, experiment: Experiment
) -> NDArray[np.uint32]:
    """Return the mask of the pixels of the modules, [modules, 512, 1024], 0 = good.

    ``present`` are the pedestals there are; those of other settings say nothing about pixels.
    """
    known = _known(present, experiment.detector_settings)
    return raw_pixel_mask(user_mask, known, experiment.image_format, _measured_stages(known))


def _known(present: Pedestals, settings: DetectorSettings) -> Pedestals:
    if present.origin == "none":
        return present
    if present.mismatch(settings) is not None:
        return Pedestals.unmeasured(present.module_count)
    return present.with_g1_only() if settings.jungfrau_fixed_gain_g1 else present


def _measured_stages(pedestals: Pedestals) -> list[int]:
    """A stage that was skipped altogether says nothing about its pixels."""
    if pedestals.origin == "none":
        return []
    return [stage for stage, mean in enumerate(pedestals.mean_adu) if not np.isnan(mean).all()]
