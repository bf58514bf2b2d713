"""The services of the demonstration, started as they would be by hand."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tqdm import tqdm

from jfjoch.cli.broker_client import BrokerClient
from jfjoch.cli.demo_directory import DemoDirectory
from jfjoch.cli.demo_simulator import DemoSimulator
from jfjoch.cli.interrupts import Interrupts
from jfjoch.cli.local_ports import LOCALHOST, free_ports, usable_port
from jfjoch.cli.service_process import ServiceProcess
from jfjoch.errors import OperationFailed
from jfjoch.model.status import BrokerStatus

POLL_PERIOD_S = 0.05
MODULES = 2
"""Of the detectors in the examples."""


class DemoServices:
    """Broker and writer, and perhaps a simulator, running while the context lasts."""

    def __init__(
        self,
        example: Path,
        directory: DemoDirectory,
        port: int,
        interrupts: Interrupts,
        *,
        with_simulator: bool = False,
    ) -> None:
        self.client = BrokerClient(LOCALHOST, port)
        self._interrupts = interrupts
        self._running = ExitStack()
        image_address = f"tcp://{LOCALHOST}:{usable_port(0)}"
        control_port = free_ports(2 * MODULES) if with_simulator else 0
        hostnames = [f"{LOCALHOST}:{control_port + 2 * m}" for m in range(MODULES)]
        configuration = directory.write_configuration(
            example, image_address, hostnames if with_simulator else ()
        )
        self.simulator = (
            DemoSimulator(configuration, directory, control_port) if with_simulator else None
        )
        self._writer = ServiceProcess(
            "jfjoch.cli.writer",
            ["--root_dir", str(directory.root), image_address],
            directory.run / "writer.log",
            directory.root,
        )
        self._broker = ServiceProcess(
            "jfjoch.cli.broker",
            [str(configuration), str(self.client.port), "--state-dir", str(directory.state)],
            directory.run / "broker.log",
            directory.root,
        )

    def wait_until_ready(self) -> None:
        """Wait until all can be asked; the first time they compile kernels before they can."""
        with tqdm(bar_format="{desc} [{elapsed}]", disable=None) as line:
            while waited_for := self._not_ready():
                said = waited_for.last_line().rpartition(" INFO ")[2]
                line.set_description_str(said or "starting the services")
                self.pause()

    def status(self) -> BrokerStatus:
        """Return what the broker does now. Raises OperationFailed when it has ended."""
        try:
            return self.client.status()
        except OSError:
            self._check_alive()
            raise

    def pause(self) -> None:
        """Wait a little. Raises Cancelled on Ctrl-C, OperationFailed when a service has ended."""
        self._check_alive()
        self._interrupts.pause(POLL_PERIOD_S)

    def _not_ready(self) -> ServiceProcess | None:
        """Return the one that is waited for, if any."""
        if self.simulator is not None and not self.simulator.is_ready:
            return self.simulator.process
        return None if self._answers() else self._broker

    @property
    def _services(self) -> list[ServiceProcess]:
        """In the order they are started; each makes use of those before it."""
        simulators = [] if self.simulator is None else [self.simulator.process]
        return [*simulators, self._writer, self._broker]

    def _answers(self) -> bool:
        try:
            self.client.status()
        except OSError:
            return False
        return True

    def _check_alive(self) -> None:
        for service in self._services:
            if service.exit_code() is not None:
                raise OperationFailed(
                    f"{service.module} ended with code {service.exit_code()}:"
                    f" {service.last_line()} (all of it: {service.log})"
                )

    def __enter__(self) -> Self:
        # The broker is stopped first, so that an interrupted run still gets its end, and the
        # detector is switched off.
        with ExitStack() as starting:
            for service in self._services:
                starting.enter_context(service)
            self._running = starting.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._running.close()
