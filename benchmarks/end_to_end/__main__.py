"""Run with ``python -m benchmarks.end_to_end``: the whole path, in copies of an image.

A 4M detector is simulated inside the broker at a frame time no machine here keeps up with, so
that the path itself sets the pace. The unit is one copy of a 4M int16 image in memory, measured
between the runs.
"""

import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jfjoch.cli.broker_client import BrokerClient
from jfjoch.cli.local_ports import LOCALHOST, usable_port
from jfjoch.cli.service_process import ServiceProcess
from jfjoch.model.dataset import DatasetSettings

IMAGES = 600
ROUNDS = 3
HEIGHT, WIDTH = 2164, 2068


@dataclass(frozen=True)
class Case:
    """One way through the path."""

    title: str
    file_prefix: str
    """Empty: the images are made and thrown away."""
    frames_per_image: int


CASES = (
    Case("receiver alone: convert, compress", "", 1),
    Case("to the file: + stream, writer, HDF5", "run", 1),
    Case("to the file, sums of 4 frames, int32", "sum", 4),
)


def copy_time_s() -> float:
    """Median time of copying one 4M int16 image, six images in rotation."""
    # Written to first: untouched pages would all be the same one, and in the cache.
    images = np.ones((6, HEIGHT, WIDTH), np.int16)
    target = np.ones((HEIGHT, WIDTH), np.int16)
    times = []
    for i in range(60):
        begin = time.perf_counter()
        np.copyto(target, images[i % 6])
        times.append(time.perf_counter() - begin)
    return float(np.median(times))


def configuration(image_address: str, report_address: str) -> dict[str, object]:
    """A simulated 4M."""
    return {
        "detector": [
            {
                "description": "simulated JUNGFRAU 4M",
                "serial_number": "BENCH",
                "standard_geometry": {"nmodules": 8, "modules_in_row": 2},
            }
        ],
        "detector_settings": {
            "frame_time_us": 500,
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


def wait_until_idle(client: BrokerClient) -> None:
    """Wait for the end of an operation; raises when it failed."""
    while (status := client.status()).state in ("Busy", "Pedestal", "Measuring"):
        time.sleep(0.02)
    if status.state != "Idle" or status.message_severity == "error":
        raise RuntimeError(status.message)


def wait_until_answering(client: BrokerClient) -> None:
    """Wait until the broker has compiled its kernels."""
    while True:
        try:
            client.status()
        except OSError:
            time.sleep(0.2)
        else:
            return


def seconds_per_image(client: BrokerClient, case: Case, round_number: int) -> float:
    """Time of a whole run, until the last image is on disk, per image."""
    images = IMAGES // case.frames_per_image
    dataset = DatasetSettings(
        images_per_trigger=images,
        image_time_us=500 * case.frames_per_image,
        beam_x_pxl=1033.5,
        beam_y_pxl=1081.5,
        detector_distance_mm=150.0,
        incident_energy_keV=12.4,
        file_prefix=case.file_prefix and f"{case.file_prefix}{round_number}",
    )
    client.start(dataset)
    begin = time.perf_counter()
    wait_until_idle(client)
    return (time.perf_counter() - begin) / images


def main() -> None:
    """Print a line per case: images per second in this run, and copies per image."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        addresses = [f"tcp://{LOCALHOST}:{usable_port(0)}" for _ in range(2)]
        path = directory / "broker.json"
        path.write_text(json.dumps(configuration(*addresses)), encoding="utf-8")
        client = BrokerClient(LOCALHOST, usable_port(0))
        broker = ServiceProcess(
            "jfjoch.cli.broker",
            [str(path), str(client.port), "--state-dir", str(directory / "state")],
            directory / "broker.log",
            directory,
        )
        writer = ServiceProcess(
            "jfjoch.cli.writer", [addresses[0]], directory / "writer.log", directory
        )
        with writer, broker:
            report(client)


def report(client: BrokerClient) -> None:
    """Take all runs, alternating, and print medians."""
    wait_until_answering(client)
    client.initialize()
    wait_until_idle(client)
    seconds_per_image(client, CASES[0], 0)  # renders the frames that are reused from now on
    copies: dict[str, list[float]] = {case.title: [] for case in CASES}
    for round_number in range(ROUNDS):
        for case in CASES:
            unit = copy_time_s()
            copies[case.title].append(seconds_per_image(client, case, round_number) / unit)
    print("JUNGFRAU 4M, two workers; unit: one copy of a 4M int16 image, median of the rounds")
    for title, values in copies.items():
        median, low, high = np.median(values), min(values), max(values)
        print(f"{title:42s} {median:6.1f} copies/image  ({low:.1f} .. {high:.1f})")


if __name__ == "__main__":
    main()
