"""What the broker is told, and when."""

from itertools import pairwise
from pathlib import Path

import pytest

from jfjoch.errors import ConfigurationError
from jfjoch.messages.ports import ReportSink
from jfjoch.writer.options import WriterOptions
from jfjoch.writer.service import WriterService
from tests.helpers.writer_bench import MessageQueue, WriterBench
from tests.helpers.writer_messages import end_message, image_message, start_message


def _images_on_disk(bench: WriterBench) -> list[int]:
    return [report.images_on_disk for report in bench.reports.reports]


def test_only_flushed_images_are_reported(tmp_path: Path) -> None:
    """Every 10 images; at the end all of them."""
    bench = WriterBench(tmp_path)
    start = start_message(25)
    bench.feed(start, *[image_message(n, start) for n in range(25)])
    assert _images_on_disk(bench) == [0, 10, 20]
    bench.feed(end_message(start, 25))
    assert _images_on_disk(bench) == [0, 10, 20, 25, 25]
    assert [report.type for report in bench.reports.reports] == [*["progress"] * 4, "end"]
    assert bench.reports.ends[0].images_received == 25


def test_slow_images_are_flushed_after_half_a_second(tmp_path: Path) -> None:
    bench = WriterBench(tmp_path)
    start = start_message(3)
    bench.feed(start, image_message(0, start))
    assert _images_on_disk(bench) == [0]
    bench.now_s = 0.6
    assert not bench.service.step()
    assert _images_on_disk(bench) == [0, 1]
    bench.now_s = 60.0
    assert not bench.service.step()
    assert _images_on_disk(bench) == [0, 1]


def test_a_report_says_which_run_and_how_much_room(tmp_path: Path) -> None:
    bench = WriterBench(tmp_path)
    bench.feed(start_message(3, run_number=7, run_name="seven"))
    (report,) = bench.reports.reports
    assert (report.run_number, report.run_name, report.socket_number) == (7, "seven", 0)
    assert report.ok
    assert not report.error
    assert report.free_bytes > 0


def test_the_line_is_kept_from_run_to_run(tmp_path: Path) -> None:
    bench = WriterBench(tmp_path)
    for number, address in enumerate(("a", "a", "b", "")):
        start = start_message(
            1, f"run{number}", run_number=number, files={"writer_notification_address": address}
        )
        bench.feed(start, end_message(start, 0))
    assert bench.reports.addresses == ["a", "b"]
    assert [report.run_number for report in bench.reports.ends] == [0, 1, 2]
    assert bench.reports.closed == 2


def test_the_last_images_are_reported_before_files_are_closed(tmp_path: Path) -> None:
    """Else the broker would take them for lost while gaps are filled and files closed."""
    bench = WriterBench(tmp_path)
    start = start_message(200, images_per_file=10)
    bench.feed(start, *[image_message(n, start) for n in (0, 1, 199)])
    assert _images_on_disk(bench) == [0]
    bench.feed(end_message(start, 200))
    assert [report.type for report in bench.reports.reports] == ["progress", "progress", "end"]
    assert _images_on_disk(bench) == [0, 3, 3]


@pytest.mark.parametrize("images_per_file", [0, 1])
def test_the_broker_hears_something_while_gaps_are_filled(
    tmp_path: Path, images_per_file: int
) -> None:
    """At least once a second, in one large file as in many small ones and their master file."""
    bench = WriterBench(tmp_path)
    start = start_message(300, images_per_file=images_per_file)
    bench.feed(start, image_message(299, start))
    bench.step_time_s = 0.01  # each look at the clock: once per gap, file and link
    bench.feed(end_message(start, 300))
    times = bench.reports.times
    assert len(times) >= 300 * 0.01 / 0.5
    assert all(later - earlier < 1.0 for earlier, later in pairwise(times))
    assert [report.images_on_disk for report in bench.reports.reports[1:]] == [1] * (len(times) - 1)


def test_an_address_that_can_not_be_used_does_not_stop_the_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(address: str) -> ReportSink:
        raise ConfigurationError(f"address {address} can't be used")

    queue = MessageQueue()
    service = WriterService(queue, tmp_path, WriterOptions(), refuse)
    start = start_message(1)
    queue.put([start, image_message(0, start), end_message(start, 1)])
    while service.step():
        pass
    assert (tmp_path / "run_master.h5").exists()
    assert "test://reports can't be used" in caplog.text
