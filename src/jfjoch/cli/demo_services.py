"""The two services of the demonstration, started as they would be by hand."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tqdm import tqdm

from jfjoch.cli.broker_client import BrokerClient
from jfjoch.cli.demo_directory import DemoDirectory
from jfjoch.cli.interrupts import Interrupts
from jfjoch.cli.local_ports import LOCALHOST, usable_port
from jfjoch.cli.service_process import ServiceProcess
from jfjoch.errors import OperationFailed
from jfjoch.model.status import BrokerStatus

POLL_PERIOD_S = 0.05


class DemoServices:
    """Broker and writer, running while the context lasts."""

    def __init__(
        self, example: Path, directory: DemoDirectory, port: int, interrupts: Interrupts
    ) -> None:
        self.client = BrokerClient(LOCALHOST, port)
        self._interrupts = interrupts
        self._running = ExitStack()
        image_address = f"tcp://{LOCALHOST}:{usable_port(0)}"
        configuration = directory.write_configuration(example, image_address)
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
        """Wait until the broker answers; the first time it compiles its kernels before it does."""
        with tqdm(bar_format="{desc} [{elapsed}]", disable=None) as line:
            while not self._answers():
                said = self._broker.last_line().rpartition(" INFO ")[2]
                line.set_description_str(said or "starting broker and writer")
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

    def _answers(self) -> bool:
        try:
            self.client.status()
        except OSError:
            return False
        return True

    def _check_alive(self) -> None:
        for service in (self._broker, self._writer):
            if service.exit_code() is not None:
                raise OperationFailed(
                    f"{service.module} ended with code {service.exit_code()}:"
                    f" {service.last_line()} (all of it: {service.log})"
                )

    def __enter__(self) -> Self:
        # The broker is stopped before the writer, so that an interrupted run still gets its end.
        with ExitStack() as starting:
            starting.enter_context(self._writer)
            starting.enter_context(self._broker)
            self._running = starting.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._running.close()
