"""Broker and writer as real processes, for as long as a ``with`` block."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.helpers.broker_client import BrokerClient
from tests.helpers.service_process import ServiceProcess, wait_until

BROKER = "jfjoch.cli.broker"
WRITER = "jfjoch.cli.writer"


@contextmanager
def running(process: ServiceProcess) -> Iterator[ServiceProcess]:
    """Start a service, end it at the end of the block and check its log.

    A service the block has already ended (or killed) is only cleaned up.
    """
    process.start()
    try:
        yield process
    except BaseException as failure:
        process.kill()
        failure.add_note(f"--- log of {process.name}:\n{process.log[-5000:]}")
        raise
    if process.exit_code is None:
        process.stop()


class Broker:
    """A running broker: its process, and a client that talks to it."""

    def __init__(self, process: ServiceProcess, client: BrokerClient) -> None:
        self.process = process
        self.client = client


def broker_process(
    configuration: Mapping[str, Any], directory: Path, options: Sequence[str | Path] = ()
) -> ServiceProcess:
    """Write the configuration to ``directory`` and make the process, not yet started.

    Its port is chosen by the system; its state lives in ``directory``/state.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "broker.json"
    path.write_text(json.dumps(configuration, indent=2))
    arguments = [path, "0", "--state-dir", directory / "state", *options]
    return ServiceProcess(BROKER, arguments, directory)


@contextmanager
def running_broker(
    configuration: Mapping[str, Any], directory: Path, options: Sequence[str | Path] = ()
) -> Iterator[Broker]:
    """Run a broker until the end of the block, ready to be asked."""
    with running(broker_process(configuration, directory, options)) as process:
        url = process.wait_for_log(r"listening on (http://[^\s/]+:\d+)").group(1)
        with BrokerClient(url) as client:
            wait_until(client.answers, f"GET /status at {url}")
            yield Broker(process, client)


@contextmanager
def running_writer(
    address: str, directory: Path, options: Sequence[str | Path] = ()
) -> Iterator[ServiceProcess]:
    """Run a writer below ``directory`` until the end of the block, connected."""
    with running(ServiceProcess(WRITER, [*options, address], directory)) as process:
        process.wait_for_log(r"connected to ")
        yield process
