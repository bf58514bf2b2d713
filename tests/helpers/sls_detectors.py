"""Configurations of detectors that are controlled with slsdet."""

from typing import Any

from jfjoch.detector.packets.addressing import ModuleAddress, module_addresses
from jfjoch.model.detector import Detector
from jfjoch.model.eiger_counter import EigerCounter
from jfjoch.model.plan import FramePlan
from tests.helpers.frame_plans import frame_plan


def sls_detector(module_count: int = 2, **changed: Any) -> Detector:
    """A JUNGFRAU in this machine, with what the test changes."""
    detector_type = changed.get("type", "JUNGFRAU")
    boards = module_count * (2 if detector_type == "EIGER" else 1)
    values: dict[str, Any] = {
        "description": "detector under test",
        "serial_number": "SLS",
        "type": detector_type,
        "standard_geometry": {"nmodules": module_count},
        "high_voltage_V": 120,
        "hostname": [f"127.0.0.1:{1952 + 2 * board}" for board in range(boards)],
    }
    return Detector.model_validate(values | changed)


def addresses_of(detector: Detector, receiver: str = "127.0.0.1") -> list[ModuleAddress]:
    """Where its packets go, with one receiver."""
    return module_addresses(detector.type, detector.module_count, [receiver])


def plan_for(detector: Detector, **changed: Any) -> FramePlan:
    """A run of 10 frames the detector can do, with what the test changes."""
    values: dict[str, Any] = {"module_count": detector.module_count}
    if detector.type == "EIGER":
        values |= {"counter": EigerCounter(16), "threshold_energy_keV": 6.2}
    return frame_plan(**(values | changed))
