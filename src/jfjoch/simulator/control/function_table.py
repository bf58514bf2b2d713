"""All functions that are simulated, by number."""

from jfjoch.model.detector import DetectorType
from jfjoch.simulator.control.function import Function
from jfjoch.simulator.control.function_names import FUNCTION_IDS
from jfjoch.simulator.control.readout_functions import READOUT_FUNCTIONS
from jfjoch.simulator.control.run_functions import RUN_FUNCTIONS
from jfjoch.simulator.control.service_functions import SERVICE_FUNCTIONS
from jfjoch.simulator.control.timing_functions import TIMING_FUNCTIONS
from jfjoch.simulator.control.udp_functions import UDP_FUNCTIONS

FUNCTIONS: list[Function] = [
    *SERVICE_FUNCTIONS,
    *RUN_FUNCTIONS,
    *TIMING_FUNCTIONS,
    *UDP_FUNCTIONS,
    *READOUT_FUNCTIONS,
]


def functions_of(detector_type: DetectorType) -> dict[int, Function]:
    """Return what a board of such a detector can do, by number on the wire."""
    return {
        FUNCTION_IDS[function.name]: function
        for function in FUNCTIONS
        if detector_type in function.detectors
    }
