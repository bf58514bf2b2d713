"""A detector on the wire: simulator, broker and writer as real processes.

The simulator is controlled over TCP with slsdet and sends its frames as UDP packets.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.broker_client import BrokerClient
from tests.helpers.configurations import Setup, dataset
from tests.helpers.ports import free_tcp_ports
from tests.helpers.service_process import ServiceProcess
from tests.helpers.services import Broker, running, running_broker, running_writer
from tests.helpers.simulator_record import SentAcquisition, SimulatorRecord
from tests.helpers.sls_bench import SLSDET_IS_THERE
from tests.helpers.udp_ports import reserved_udp_ports

SIMULATOR = "jfjoch.cli.simulator"
FRAME_TIME_US = 20_000
"""Slow enough for two cores that other tests use as well: no packet is lost by itself."""
SHORT_PEDESTAL = {
    "jungfrau_pedestal_g0_frames": 40,
    "jungfrau_pedestal_g1_frames": 32,
    "jungfrau_pedestal_g2_frames": 32,
    "jungfrau_pedestal_min_image_count": 32,
}
_OF_JUNGFRAU = {**SHORT_PEDESTAL, "frame_time_us": FRAME_TIME_US}
_OF_EIGER = {"jungfrau_pedestal_g0_frames": 0, "frame_time_us": FRAME_TIME_US}


@dataclass
class WireSetup:
    """A detector that sends packets, and who receives them."""

    module_count: int = 2
    detector_type: str = "JUNGFRAU"
    receiver_count: int = 1
    detector: dict[str, Any] = field(default_factory=dict)
    """Changes to the detector of the configuration file, e.g. ``udp_interface_count``."""
    detector_settings: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    """Changes to the configuration file."""
    control_port: int = 0

    def __post_init__(self) -> None:
        boards = self.module_count * (2 if self.detector_type == "EIGER" else 1)
        self.control_port = self.control_port or free_tcp_ports(2 * boards)
        self.hostnames = [f"127.0.0.1:{self.control_port + 2 * board}" for board in range(boards)]
        self._inside = Setup(self.module_count, self.detector_type, serial_number="WIRE-0001")

    @property
    def image_address(self) -> str:
        """Where the writer connects to."""
        return self._inside.image_address

    def configuration(self) -> dict[str, Any]:
        """Return the content of the configuration file."""
        content = self._inside.configuration()
        content["detector"][0] |= {"hostname": self.hostnames, **self.detector}
        usual = _OF_EIGER if self.detector_type == "EIGER" else _OF_JUNGFRAU
        content["detector_settings"] = {"timing": "auto", **usual, **self.detector_settings}
        content["pcie"] = [
            {"blk": f"udp{number}", "ipv4": "127.0.0.1"} for number in range(self.receiver_count)
        ]
        return content | self.more

    def simulator(self, directory: Path, options: Sequence[str | Path] = ()) -> ServiceProcess:
        """Make the process, not yet started; its record lies in ``directory``."""
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / "simulator.json"
        path.write_text(json.dumps(self.configuration(), indent=2))
        files = ("--report", directory / "report.json", "--truth", directory / "truth.h5")
        arguments = [path, "--control-port", str(self.control_port), *files, *options]
        return ServiceProcess(SIMULATOR, arguments, directory)


class Simulator:
    """A running simulator and what it says it has sent."""

    def __init__(self, process: ServiceProcess) -> None:
        self.process = process
        self.record = SimulatorRecord(
            process.directory / "report.json", process.directory / "truth.h5"
        )


@dataclass
class WireRun:
    """A whole run, of both sides."""

    statistics: dict[str, Any]
    sent: SentAcquisition
    master: Path


@dataclass
class Receiving:
    """A broker and a writer."""

    broker: Broker
    writer: ServiceProcess
    files: Path
    state: Path

    @property
    def client(self) -> BrokerClient:
        return self.broker.client

    def measure(self, simulator: Simulator, prefix: str, images: int, **more: Any) -> WireRun:
        """Carry out a run of an initialized detector, as long as its detector settings say."""
        count = len(simulator.record.acquisitions())
        statistics = self.client.measure(dataset(prefix, images, **more))
        sent = simulator.record.sent_after(count)
        return WireRun(statistics, sent, self.files / f"{prefix}_master.h5")


@dataclass
class Wire:
    """All three."""

    setup: WireSetup
    simulator: Simulator
    receiving: Receiving

    @property
    def client(self) -> BrokerClient:
        return self.receiving.client

    def measure(self, prefix: str, images: int, **more: Any) -> WireRun:
        """Carry out a run."""
        return self.receiving.measure(self.simulator, prefix, images, **more)


@contextmanager
def running_simulator(
    setup: WireSetup, directory: Path, options: Sequence[str | Path] = ()
) -> Iterator[Simulator]:
    """Run a simulator until the end of the block, ready to be controlled."""
    with running(setup.simulator(directory, options)) as process:
        process.wait_for_log("ready; hostname")
        yield Simulator(process)


@contextmanager
def running_receiving_side(setup: WireSetup, directory: Path) -> Iterator[Receiving]:
    """Run broker and writer until the end of the block, not initialized.

    The UDP ports are theirs, so that only one such block at a time is entered.
    """
    if not SLSDET_IS_THERE:
        pytest.skip("needs slsdet: pip install 'jfjoch[slsdet]' (Linux on x86-64)")
    files = directory / "files"
    with (
        reserved_udp_ports(),
        running_broker(setup.configuration(), directory) as broker,
        running_writer(setup.image_address, files) as writer,
    ):
        yield Receiving(broker, writer, files, directory / "state")


@contextmanager
def running_wire(
    setup: WireSetup, directory: Path, options: Sequence[str | Path] = ()
) -> Iterator[Wire]:
    """Run all three until the end of the block, initialized."""
    with (
        running_receiving_side(setup, directory) as receiving,
        running_simulator(setup, directory / "simulator", options) as simulator,
    ):
        receiving.client.initialize()
        yield Wire(setup, simulator, receiving)
