"""Which of the configured detectors is in use."""

from collections.abc import Callable, Sequence

from jfjoch.broker.detector_system import DetectorSystem
from jfjoch.errors import ConfigurationError, OperationFailed
from jfjoch.geometry.modules import module_layout
from jfjoch.model.detector import Detector
from jfjoch.model.detector_list import DetectorList, DetectorListElement
from jfjoch.receiver.detector_limits import MIN_COUNT_TIME_US, min_frame_time_us


class SelectedDetector:
    """All detectors by their place in the configuration; only one of them is held.

    What belongs to the others (frame memory, gains, pedestals, uploaded frames) takes no memory.
    """

    def __init__(
        self, detectors: Sequence[Detector], build: Callable[[Detector], DetectorSystem]
    ) -> None:
        """Build and select the first one. Raises ConfigurationError, as ``build`` may."""
        self._detectors = tuple(detectors)
        self._build = build
        self._selected = (0, build(self._detectors[0]))

    @property
    def system(self) -> DetectorSystem:
        """The one in use."""
        return self._selected[1]

    def listed(self) -> DetectorList:
        """Return the answer of GET /config/select_detector (B132)."""
        elements = [_listed(number, one) for number, one in enumerate(self._detectors)]
        return DetectorList(detectors=elements, current_id=self._selected[0])

    def build(self, detector_id: int) -> DetectorSystem:
        """Make a detector ready to be selected. Raises OperationFailed; nothing has changed then.

        Its frame memory is first touched by its first run, so that two detectors at a time do
        not need the memory of both.
        """
        if not 0 <= detector_id < len(self._detectors):
            known = ", ".join(f"{n} ({d.description})" for n, d in enumerate(self._detectors))
            raise OperationFailed(f"there is no detector {detector_id}; choose one of {known}")
        try:
            return self._build(self._detectors[detector_id])
        except ConfigurationError as error:
            raise OperationFailed(f"detector {detector_id} can't be selected: {error}") from error

    def replace(self, detector_id: int, system: DetectorSystem) -> None:
        """Use the detector that was built from now on; the one before is forgotten."""
        self._selected = (detector_id, system)


def _listed(number: int, detector: Detector) -> DetectorListElement:
    layout = module_layout(detector, assembled=True)
    return DetectorListElement(
        id=number,
        description=detector.description,
        serial_number=detector.serial_number,
        base_ipv4_addr=detector.base_data_ipv4_address or "",
        udp_interface_count=detector.udp_interface_count,
        nmodules=detector.module_count,
        width=layout.width,
        height=layout.height,
        readout_time_us=detector.effective_readout_time_us,
        min_frame_time_us=min_frame_time_us(detector),
        min_count_time_us=MIN_COUNT_TIME_US,
    )
