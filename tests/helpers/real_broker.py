"""The real broker behind its HTTP interface, in this process; images go nowhere."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jfjoch_client

from jfjoch.broker.broker import Broker
from jfjoch.broker.configuration_file import load_configuration
from jfjoch.broker.http.application import create_app
from jfjoch.cli.broker_composition import build_broker
from jfjoch.http.server import HttpServer
from tests.helpers.broker_client import BrokerClient
from tests.helpers.configurations import QUICK_PEDESTAL


@dataclass(frozen=True)
class RealBroker:
    """``client`` sends whatever it is told, ``api`` is the published client."""

    broker: Broker
    client: BrokerClient
    api: jfjoch_client.DefaultApi


def configuration(*detectors: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return the content of a configuration file; frames come from the internal generator."""
    return {
        "detector": list(detectors) or [detector()],
        "detector_settings": {
            "frame_time_us": 1000,
            "timing": "auto",
            "internal_frame_generator": True,
            **QUICK_PEDESTAL,
        },
        "frontend_directory": "",
        "image_pusher": "None",
        "image_buffer_MiB": 128,
        **more,
    }


def detector(serial_number: str = "TEST-0001", modules: int = 1, **more: Any) -> dict[str, Any]:
    """Return a detector of the configuration file."""
    geometry = {} if "custom_geometry" in more else {"standard_geometry": {"nmodules": modules}}
    return {
        "description": f"Detector {serial_number}",
        "serial_number": serial_number,
        "type": "JUNGFRAU",
        **geometry,
        **more,
    }


@contextmanager
def running_real_broker(
    content: Mapping[str, Any], directory: Path, calibration: Path | None = None
) -> Iterator[RealBroker]:
    """Serve until the end of the block, with its state in ``directory``."""
    path = directory / "broker.json"
    path.write_text(json.dumps(content))
    (directory / "state").mkdir(exist_ok=True)
    broker = build_broker(load_configuration(path), directory / "state", calibration)
    with closing(broker), HttpServer("127.0.0.1", 0) as server:
        server.start(create_app(broker))
        settings = jfjoch_client.Configuration(host=server.url)
        with BrokerClient(server.url) as client, jfjoch_client.ApiClient(settings) as connection:
            yield RealBroker(broker, client, jfjoch_client.DefaultApi(connection))
            # urllib3 leaves its connections to the garbage collector.
            connection.rest_client.pool_manager.clear()
