"""Run with ``python -m benchmarks.end_to_end``: the whole path, in copies of an image.

A 4M detector is simulated inside the broker at a frame time no machine here keeps up with, so
that the path itself sets the pace. The unit is one copy of a 4M int16 image in memory, measured
between the runs.
"""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.end_to_end.simulated_broker import dataset, running_broker, wait_until_idle
from jfjoch.cli.broker_client import BrokerClient
from jfjoch.cli.local_ports import LOCALHOST, usable_port
from jfjoch.cli.service_process import ServiceProcess

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
    Case("receiver alone: convert, analyse, compress", "", 1),
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


def seconds_per_image(client: BrokerClient, case: Case, round_number: int) -> float:
    """Time of a whole run, until the last image is on disk, per image."""
    images = IMAGES // case.frames_per_image
    file_prefix = case.file_prefix and f"{case.file_prefix}{round_number}"
    client.start(dataset(images, file_prefix, case.frames_per_image))
    begin = time.perf_counter()
    wait_until_idle(client)
    return (time.perf_counter() - begin) / images


def main() -> None:
    """Print a line per case: images per second in this run, and copies per image."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        addresses = [f"tcp://{LOCALHOST}:{usable_port(0)}" for _ in range(2)]
        writer = ServiceProcess(
            "jfjoch.cli.writer", [addresses[0]], directory / "writer.log", directory
        )
        with writer, running_broker(directory, *addresses) as client:
            report(client)


def report(client: BrokerClient) -> None:
    """Take all runs, alternating, and print medians."""
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
