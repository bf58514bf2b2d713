"""Whoever mends files tells the broker of their run how many images there are."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import pytest
import zmq

from jfjoch.cli.writer import main
from jfjoch.messages.start import StartMessage
from jfjoch.messages.writer_report import WriterReport
from jfjoch.nxmx.start_record import read_start_record
from jfjoch.stream.report_inbox import ReportInbox
from jfjoch.writer.options import WriterOptions
from jfjoch.writer.recovery import recover
from jfjoch.writer.start_bytes import recorded_start
from tests.helpers.ports import free_tcp_port
from tests.helpers.service_process import wait_until
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import end_message, image_message, start_message

BROKER = "tcp://127.0.0.1:5000"


@pytest.fixture
def inbox() -> Iterator[ReportInbox]:
    with zmq.Context() as context:
        inbox = ReportInbox(context, "tcp://127.0.0.1:*")
        yield inbox
        inbox.close()


def start_with(address: str, images: int = 100, **plan: Any) -> StartMessage:
    files = {"writer_notification_address": address, **plan}
    return start_message(images, images_per_file=15, files=files)


def killed(root: Path, start: StartMessage, *came: int) -> Path:
    """Leave behind what ``kill -9`` leaves after these images."""
    alive = root / "alive"
    alive.mkdir(exist_ok=True)
    bench = WriterBench(alive)
    bench.feed(start, *[image_message(n, start) for n in came])
    left = root / "left"
    shutil.copytree(alive, left, dirs_exist_ok=True)
    bench.service.close()
    shutil.rmtree(alive)
    return left


def told(left: Path) -> list[tuple[str, WriterReport]]:
    reports: list[tuple[str, WriterReport]] = []
    list(recover(left, lambda address, report: reports.append((address, report))))
    return reports


def test_the_broker_is_told_what_the_files_hold(tmp_path: Path) -> None:
    """Flushed images only; once, as a second recovery finds nothing to mend."""
    left = killed(tmp_path, start_with(BROKER), *range(27))
    ((address, report),) = told(left)
    assert address == BROKER
    assert (report.type, report.run_number, report.run_name) == ("recovered", 1, "run one")
    assert (report.images_on_disk, report.images_received, report.socket_number) == (20, 20, 0)
    assert report.ok
    assert report.free_bytes > 0
    assert told(left) == []


def test_a_run_of_which_nothing_is_left(tmp_path: Path) -> None:
    ((_, report),) = told(killed(tmp_path, start_with(BROKER), 0, 1))
    assert report.images_on_disk == 0


def test_each_writer_is_reported_for(tmp_path: Path) -> None:
    """The broker adds them up."""
    for number in (0, 1):
        first = 15 * number
        start = start_with(
            BROKER, socket_number=number, socket_count=2, write_master_file=not number
        )
        left = killed(tmp_path, start, *range(first, first + 15), *range(first + 30, first + 35))
        again = left / f"run_data_{3 + number:06d}.h5.partial"
        assert again.exists()
    counts = {report.socket_number: report.images_on_disk for _, report in told(left)}
    assert counts == {0: 20, 1: 20}


def test_files_that_are_whole_are_not_told_of(tmp_path: Path) -> None:
    (tmp_path / "alive").mkdir()
    bench = WriterBench(tmp_path / "alive")
    start = start_with(BROKER, 3)
    bench.feed(start, *[image_message(n, start) for n in range(3)], end_message(start, 3))
    assert told(tmp_path / "alive") == []


@pytest.mark.parametrize("address", ["", "the broker itself", "test://reports"])
def test_a_broker_that_can_not_be_found_again_is_not_told(tmp_path: Path, address: str) -> None:
    assert told(killed(tmp_path, start_with(address), *range(20))) == []


@pytest.mark.parametrize(
    ("bound", "kept"),
    [
        ("tcp://0.0.0.0:5000", "tcp://broker.example:5000"),
        ("tcp://*:5000", "tcp://broker.example:5000"),
        ("tcp://127.0.0.1:5000", "tcp://127.0.0.1:5000"),
        ("ipc:///tmp/reports", "ipc:///tmp/reports"),
    ],
)
def test_the_address_is_one_that_means_something_here(
    tmp_path: Path, bound: str, kept: str
) -> None:
    """A broker that listens on all interfaces is where the images came from."""
    bench = WriterBench(tmp_path, WriterOptions(stream_address="tcp://broker.example:5400"))
    start = start_with(bound, 3)
    bench.feed(start, *[image_message(n, start) for n in range(3)], end_message(start, 3))
    assert bench.reports.addresses == [kept]
    with h5py.File(tmp_path / "run_data_000001.h5") as file:
        recorded = recorded_start(read_start_record(file))
    assert recorded is not None
    assert recorded.files.writer_notification_address == kept


def test_the_command_finds_the_broker(
    tmp_path: Path, inbox: ReportInbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """Over a real socket."""
    left = killed(tmp_path, start_with(inbox.address), *range(27))
    assert main([f"--recover={left}"]) == 1
    reports: list[WriterReport] = []
    wait_until(lambda: bool(reports.extend(inbox.take()) or reports), "the report")
    assert [(x.type, x.images_on_disk) for x in reports] == [("recovered", 20)]
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"the broker at {inbox.address} is told of run 1: 20 images"


def test_a_broker_that_is_gone_is_no_hindrance(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is looked for once, not for each run."""
    gone = f"tcp://127.0.0.1:{free_tcp_port()}"
    for name in ("one", "two"):
        start = start_with(gone)
        start = replace(start, files=replace(start.files, file_prefix=name))
        left = killed(tmp_path, start, *range(10))
    assert main([f"--recover={left}"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [x for x in lines if "told of" in x] == [
        f"no broker at {gone} to be told of run 1: 10 images"
    ]
    assert (left / "one_master.h5").exists()
    assert (left / "two_master.h5").exists()
