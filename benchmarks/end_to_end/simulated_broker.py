"""A broker with a simulated 4M detector, as a process of its own."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jfjoch.cli.broker_client import BrokerClient
from jfjoch.cli.local_ports import LOCALHOST, usable_port
from jfjoch.cli.service_process import ServiceProcess
from jfjoch.model.dataset import DatasetSettings

FRAME_TIME_US = 500
"""No machine here keeps up with it, so that the path itself sets the pace."""


@contextmanager
def running_broker(
    directory: Path, image_address: str, report_address: str
) -> Iterator[BrokerClient]:
    """Have a broker as long as the block lasts, its kernels compiled and its detector Idle."""
    path = directory / "broker.json"
    path.write_text(json.dumps(_configuration(image_address, report_address)), encoding="utf-8")
    client = BrokerClient(LOCALHOST, usable_port(0))
    arguments = [str(path), str(client.port), "--state-dir", str(directory / "state")]
    log = directory / "broker.log"
    with ServiceProcess("jfjoch.cli.broker", arguments, log, directory):
        _wait_until_answering(client)
        client.initialize()
        wait_until_idle(client)
        yield client


def dataset(images: int, file_prefix: str = "", frames_per_image: int = 1) -> DatasetSettings:
    """Return the settings of a run; with an empty prefix its images are thrown away."""
    return DatasetSettings(
        images_per_trigger=images,
        image_time_us=FRAME_TIME_US * frames_per_image,
        beam_x_pxl=1033.5,
        beam_y_pxl=1081.5,
        detector_distance_mm=150.0,
        incident_energy_keV=12.4,
        file_prefix=file_prefix,
    )


def wait_until_idle(client: BrokerClient, period_s: float = 0.02) -> None:
    """Wait for the end of an operation; raises when it failed."""
    while (status := client.status()).state in ("Busy", "Pedestal", "Measuring"):
        time.sleep(period_s)
    if status.state != "Idle" or status.message_severity == "error":
        raise RuntimeError(status.message)


def _configuration(image_address: str, report_address: str) -> dict[str, object]:
    return {
        "detector": [
            {
                "description": "simulated JUNGFRAU 4M",
                "serial_number": "BENCH",
                "standard_geometry": {"nmodules": 8, "modules_in_row": 2},
            }
        ],
        "detector_settings": {
            "frame_time_us": FRAME_TIME_US,
            "timing": "auto",
            "jungfrau_pedestal_g0_frames": 128,
            "jungfrau_pedestal_g1_frames": 128,
            "jungfrau_pedestal_g2_frames": 128,
        },
        "zeromq": {
            "image_socket": [image_address],
            "writer_notification_socket": report_address,
        },
        "frontend_directory": "",
        "image_pusher": "ZeroMQ",
    }


def _wait_until_answering(client: BrokerClient) -> None:
    """Wait until the broker has compiled its kernels."""
    while True:
        try:
            client.status()
        except OSError:
            time.sleep(0.2)
        else:
            return
