"""The pedestals a run is converted with."""

import logging

from jfjoch.calibration.pedestals import Pedestals
from jfjoch.errors import OperationFailed
from jfjoch.model.experiment import Experiment

_log = logging.getLogger(__name__)


def pedestals_in_use(present: Pedestals, experiment: Experiment) -> Pedestals:
    """Return what goes with the settings; where nothing is converted that is anything.

    No pedestal, or one of other settings (the new one was cancelled), would give wrong photons.
    Only the internal generator, which never measures, runs without: with pedestal 0.
    Raises OperationFailed telling what does not go together.
    """
    settings = experiment.detector_settings
    if experiment.detector.type != "JUNGFRAU" or not experiment.image_format.jungfrau_conversion:
        return present
    mismatch = "is not measured" if present.origin == "none" else present.mismatch(settings)
    if mismatch is None:
        return present.with_g1_only() if settings.jungfrau_fixed_gain_g1 else present
    if not settings.internal_frame_generator:
        raise OperationFailed(f"the pedestal {mismatch}; with the shutter closed, POST /pedestal")
    if present.origin != "none":
        _log.warning("pedestal 0 is used: the present pedestal %s", mismatch)
    return Pedestals.zero(present.module_count, settings.jungfrau_storage_cell_count)
