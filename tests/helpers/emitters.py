"""Emitters of small simulated detectors, and what they are asked for."""

import time
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.factory import simulated_detector
from jfjoch.detector.pulse_train import PulseTrain
from jfjoch.detector.simulated.simulated_detector import SimulatedDetector
from jfjoch.model.detector import Detector
from jfjoch.simulator.acquisition import Acquisition, Destination
from jfjoch.simulator.emitter import PacketEmitter
from jfjoch.simulator.faults import NO_FAULTS, Faults
from jfjoch.simulator.frame_supply import frame_plan
from jfjoch.simulator.sending import SenderSetup

PATIENCE_S = 60.0


def detector(detector_type: str, module_count: int) -> Detector:
    """The detector of a configuration."""
    return Detector.model_validate(
        {
            "description": "detector of the tests",
            "serial_number": "SENDER",
            "type": detector_type,
            "standard_geometry": {"nmodules": module_count},
        }
    )


def sender_setup(
    detector_type: str = "JUNGFRAU", module_count: int = 1, faults: Faults = NO_FAULTS
) -> SenderSetup:
    """A detector in software, as jfjoch_simulator makes it."""
    configured = detector(detector_type, module_count)
    simulated = _simulated(detector_type, module_count)
    return SenderSetup(configured, simulated, PulseTrain(), 12.4, faults=faults, seed=7)


@cache
def _simulated(detector_type: str, module_count: int) -> SimulatedDetector:
    """Kept, as rendering takes longer than most tests."""
    return simulated_detector(detector(detector_type, module_count), None)


def acquisition(
    destinations: Sequence[Sequence[Destination]], frame_count: int, **changed: Any
) -> Acquisition:
    """Frames at 100 Hz without triggers, with what the test changes."""
    values: dict[str, Any] = {
        "destinations": tuple(map(tuple, destinations)),
        "frame_count": frame_count,
        "frames_per_trigger": frame_count,
        "wait_for_trigger": False,
        "period_s": 0.01,
        "exposure_s": 0.005,
    }
    return Acquisition(**(values | changed))


def true_frame(setup: SenderSetup, asked: Acquisition, number: int) -> NDArray[Any]:
    """The frame with light that is sent, [modules, 512, 1024]."""
    plan = frame_plan(asked, setup.detector.type, setup.photon_energy_keV)
    return np.array(setup.simulated.light_frames(plan).frame(number))


def wait_until_idle(emitter: PacketEmitter) -> None:
    """Wait for the end of an acquisition, generously."""
    deadline = time.monotonic() + PATIENCE_S
    while emitter.state != "idle":
        assert time.monotonic() < deadline, emitter.state
        time.sleep(0.005)
