"""The simulated EIGER as the rest of the system sees it."""

from jfjoch.detector.simulated.eiger_renderer import EigerRenderer
from jfjoch.detector.simulated.simulated_detector import SimulatedDetector
from jfjoch.errors import DetectorError
from jfjoch.model.plan import FramePlan


class SimulatedEiger(SimulatedDetector):
    """An EIGER in software.

    Every photon is counted whose energy reaches the threshold, until the counter is full. There
    is no noise but that of the photons.
    """

    def _renderer(self, plan: FramePlan) -> EigerRenderer:
        threshold_keV = plan.threshold_energy_keV  # noqa: N806 (unit)
        if plan.counter is None or threshold_keV is None:
            raise DetectorError("the run is planned for a JUNGFRAU; select the detector again")
        sees_light = plan.photon_energy_keV >= threshold_keV
        return EigerRenderer(self._scene(plan), plan, plan.counter.limit, sees_light)
