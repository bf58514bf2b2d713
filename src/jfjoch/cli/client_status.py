"""What the broker does, which detector it uses and what became of the last run."""

from argparse import Namespace
from typing import Any

from pydantic import BaseModel

from jfjoch.cli.broker_client import BrokerClient
from jfjoch.cli.client_json import as_json
from jfjoch.cli.client_run import figures, last_run
from jfjoch.cli.client_text import table
from jfjoch.model.detector_list import DetectorList
from jfjoch.model.status import BrokerStatus


def status(client: BrokerClient, options: Namespace) -> None:
    """Print it as a table; as JSON, with the names of GET /statistics, where asked for."""
    broker, detectors, run = client.status(), client.detectors(), last_run(client)
    if options.json:
        parts = {"broker": broker, "detector_list": detectors, "measurement": run}
        print(as_json({name: _object(part) for name, part in parts.items() if part is not None}))
        return
    rows = [("broker", client.url), *_state(broker), ("detector", _in_use(detectors))]
    print(table(rows + (figures(run) if run is not None else [])))


def _object(part: BaseModel) -> Any:
    return part.model_dump(mode="json", exclude_none=True)


def _state(broker: BrokerStatus) -> list[tuple[str, str]]:
    progress = "" if broker.progress is None else f"{broker.progress:.0%}"
    message = f"{broker.message_severity}: {broker.message}" if broker.message else ""
    return [("state", broker.state), ("progress", progress), ("message", message)]


def _in_use(detectors: DetectorList) -> str:
    for detector in detectors.detectors:
        if detector.id == detectors.current_id:
            size = f"{detector.width} x {detector.height} pixels"
            return f"{detector.id}: {detector.description} ({detector.serial_number}), {size}"
    return str(detectors.current_id)
