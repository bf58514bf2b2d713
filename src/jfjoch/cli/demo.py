"""A run from beginning to end: simulated detector, broker, writer, NXmx file.

With ``--udp`` the detector is a process of its own, controlled as a real one is, and its frames
come as packets.

Run by ``scripts/demo``. Talks to the broker over HTTP like any other client.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from jfjoch.cli.demo_directory import DemoDirectory
from jfjoch.cli.demo_packets import PacketsOfRun, packets_of_run
from jfjoch.cli.demo_services import DemoServices
from jfjoch.cli.interrupts import Interrupts
from jfjoch.cli.local_ports import usable_port
from jfjoch.errors import Cancelled, JfjochError, OperationFailed
from jfjoch.model.dataset import DatasetSettings, DatasetSettingsUnitCell
from jfjoch.model.status import MeasurementStatistics
from jfjoch.nxmx.image_count import count_images

_EXAMPLES = Path(__file__).parents[3] / "examples"
EXAMPLE = _EXAMPLES / "simulated_jungfrau_1m.json"
EXAMPLE_UDP = _EXAMPLES / "simulated_jungfrau_1m_udp.json"
EXIT_INCOMPLETE = 1
EXIT_INTERRUPTED = 130

LYSOZYME_CELL = DatasetSettingsUnitCell(a=79.1, b=79.1, c=37.9, alpha=90.0, beta=90.0, gamma=90.0)
LYSOZYME_SPACE_GROUP = 96


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the run."""

    statistics: MeasurementStatistics
    broker_message: str
    """The broker's own account; "written" in it is the writer's word."""
    images_written: int
    """Counted in the files, through the master file."""
    duration_s: float
    """From the answer of POST /start to the end of the run."""
    packets: PacketsOfRun | None = None
    """With ``--udp``."""

    @property
    def complete(self) -> bool:
        """Whether every image went the whole way."""
        counts = self.statistics
        expected = counts.images_expected
        return expected == counts.images_collected == counts.images_sent == self.images_written


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration; 0 when every image is in the file."""
    options = _options(arguments)
    interrupts = Interrupts()
    interrupts.install()
    try:
        return _demonstrate(options, interrupts)
    except Cancelled:
        print("demo: stopped", file=sys.stderr)
        return EXIT_INTERRUPTED
    except (JfjochError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return EXIT_INCOMPLETE


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="Take one run with a simulated JUNGFRAU 1M and write it to HDF5 files.",
        epilog="Exit code: 0 every image is in the file, 1 something is missing, 130 interrupted.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--once", action="store_true", help="end after the run")
    parser.add_argument(
        "--udp", action="store_true", help="frames come as packets, from jfjoch_simulator"
    )
    parser.add_argument("--images", type=int, default=300, help="images to take")
    parser.add_argument("--port", type=int, default=5232, help="HTTP port of the broker; 0: any")
    parser.add_argument(
        "--directory", type=Path, default=Path("demo_data"), help="where all files go"
    )
    options = parser.parse_args(arguments)
    if options.images < 1:
        parser.error(f"--images: expected at least 1, got {options.images}")
    return options


def _demonstrate(options: argparse.Namespace, interrupts: Interrupts) -> int:
    port = usable_port(options.port)
    directory = DemoDirectory(options.directory)
    example = EXAMPLE_UDP if options.udp else EXAMPLE
    with DemoServices(example, directory, port, interrupts, with_simulator=options.udp) as services:
        services.wait_until_ready()
        if options.udp:
            print("50 frames per second, so that two cores keep up with packets on both ends")
        outcome = _take_run(services, _dataset(options.images, directory.file_prefix), directory)
        _print_summary(outcome, directory, services.client.url)
        if not options.once:
            _stay(services)
    return 0 if outcome.complete else EXIT_INCOMPLETE


def _dataset(image_count: int, file_prefix: str) -> DatasetSettings:
    """Lysozyme crystals, the beam in the middle of the 1030 x 1064 pixels of the detector."""
    return DatasetSettings(
        images_per_trigger=image_count,
        beam_x_pxl=514.5,
        beam_y_pxl=531.5,
        detector_distance_mm=150.0,
        incident_energy_keV=12.4,
        file_prefix=file_prefix,
        images_per_file=100,
        sample_name="simulated lysozyme",
        unit_cell=LYSOZYME_CELL,
        space_group_number=LYSOZYME_SPACE_GROUP,
    )


def _take_run(
    services: DemoServices, dataset: DatasetSettings, directory: DemoDirectory
) -> Outcome:
    services.client.initialize()
    _follow(services, "pedestal", 100, " %")
    services.client.start(dataset)
    begin = time.monotonic()
    message = _follow(services, "images", dataset.images_per_trigger, " images")
    duration_s = time.monotonic() - begin
    return Outcome(
        services.client.statistics(),
        message,
        count_images(directory.master_file),
        duration_s,
        packets_of_run(services),
    )


def _follow(services: DemoServices, title: str, total: int, unit: str) -> str:
    """Show the progress of an operation until it ends; return what the broker says of it.

    Raises OperationFailed when it fails.
    """
    with tqdm(desc=title, total=total, unit=unit, disable=None) as bar:
        while (status := services.status()).state in ("Busy", "Pedestal", "Measuring"):
            bar.update(round((status.progress or 0.0) * total) - bar.n)
            services.pause()
        if status.state != "Idle" or (status.message and status.message_severity == "error"):
            raise OperationFailed(f"{title}: state {status.state}, {status.message}")
        bar.update(total - bar.n)
    return status.message or ""


def _print_summary(outcome: Outcome, directory: DemoDirectory, url: str) -> None:
    counts = outcome.statistics
    rate = outcome.images_written / outcome.duration_s
    print(f"""
the broker says   {outcome.broker_message}
images expected   {counts.images_expected}
images collected  {counts.images_collected}
images sent       {counts.images_sent}
images written    {outcome.images_written} (counted in the files, through the master file)\
{_packet_lines(outcome.packets)}
compression       {counts.compression_ratio or 0.0:.1f} : 1
images/s          {rate:.0f} (from the detector being armed until all are on disk)
master file       {directory.master_file}
logs              {directory.run}
broker            {url}""")
    if outcome.packets is not None and outcome.packets.some_lost:
        print("Packets were lost; their pixels have the error value in the images.")
    if not outcome.complete:
        print("Images are missing: the logs say why.")


def _packet_lines(packets: PacketsOfRun | None) -> str:
    if packets is None:
        return ""
    return f"""
packets sent      {packets.sent} (the simulator's own count)
packets received  {packets.received}"""


def _stay(services: DemoServices) -> None:
    """Keep the services up until the user ends them."""
    print(f"\nThe services go on; try {services.client.url}/status. Ctrl-C ends them.")
    try:
        while True:
            services.pause()
    except Cancelled:
        print("\nstopping", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
