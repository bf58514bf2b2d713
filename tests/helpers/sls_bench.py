"""Detector control and the simulated boards it talks to."""

import importlib.util
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jfjoch.detector.sls.sls_detector import SlsDetector
from jfjoch.model.detector import Detector
from jfjoch.simulator.control.control_server import ControlServer
from tests.helpers.ports import free_tcp_port
from tests.helpers.recording_emitter import RecordingEmitter
from tests.helpers.sls_detectors import addresses_of, plan_for

SLSDET_IS_THERE = importlib.util.find_spec("slsdet") is not None
_PATIENCE_S = 60.0
_SHARED_MEMORY = Path("/dev/shm")


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def shared_memory_of(process_id: int) -> list[Path]:
    return list(_SHARED_MEMORY.glob(f"slsDetectorPackage_*_jfjoch_{process_id}"))


class SlsBench:
    """A simulated detector that sends nothing, and what controls it."""

    def __init__(self, detector: Detector, server_version: str = "10.0.0 0x250828") -> None:
        self.emitter = RecordingEmitter()
        self.port = _free_range(2 * len(detector.hostname))
        names = [f"127.0.0.1:{self.port + 2 * at}" for at in range(len(detector.hostname))]
        self.detector = detector.model_copy(update={"hostname": names})
        self.server_version = server_version
        self.server = self.new_server()
        self.control = SlsDetector(self.detector, addresses_of(self.detector))

    def new_server(self) -> ControlServer:
        server = ControlServer(self.detector, self.emitter, self.port, self.server_version)
        server.start()
        return server

    def run(self, **changed: Any) -> None:
        """Prepare and start one."""
        self.control.prepare(plan_for(self.detector, **changed))
        self.control.start()

    def close(self) -> None:
        self.control.switch_off()
        self.server.stop()


def _free_range(count: int) -> int:
    """The first of so many free ports."""
    while True:
        first = free_tcp_port()
        with_stop = range(first, first + count)
        if all(_is_free(port) for port in with_stop):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
