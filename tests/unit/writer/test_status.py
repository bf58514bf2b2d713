"""What the service shows other threads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jfjoch.writer.image_rate import ImageRate
from jfjoch.writer.image_share import images_expected
from jfjoch.writer.monitor import WriterMonitor
from jfjoch.writer.status import Totals, WriterStatus
from tests.helpers.fake_clock import FakeClock
from tests.helpers.saved_run import files_below, saved_image_count
from tests.helpers.service_process import wait_until
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import compressed, end_message, image_message, start_message


@pytest.fixture
def bench(tmp_path: Path) -> WriterBench:
    return WriterBench(tmp_path)


def test_before_the_first_run(bench: WriterBench) -> None:
    bench.now_s = 1.0
    bench.service.step()
    status = bench.service.monitor.status
    assert (status.state, status.run_number, status.images_expected) == ("Idle", None, 0)
    assert status.progress == 0.0
    assert status.free_bytes > 0


def test_during_a_run(bench: WriterBench) -> None:
    """W012: which run, and how far; written is what a killed writer leaves."""
    start = start_message(40, "a/run", images_per_file=20)
    bench.feed(start, *[image_message(n, start) for n in range(14)])
    bench.now_s = 0.2
    bench.feed(image_message(14, start))
    status = bench.service.monitor.status
    assert (status.state, status.run_number, status.run_name) == ("Writing", 1, "run one")
    assert (status.file_prefix, status.current_file) == ("a/run", "a/run_data_000001.h5")
    assert (status.images_expected, status.images_received) == (40, 15)
    assert (status.images_written, status.images_lost) == (10, 0)
    assert status.progress == 0.25
    assert status.message == ""


def test_after_a_run(bench: WriterBench) -> None:
    """The last run stays to be seen; what never came is lost."""
    start = start_message(10)
    bench.feed(start, *[image_message(n, start) for n in (0, 1, 4)], end_message(start, 6))
    status = bench.service.monitor.status
    assert (status.state, status.current_file) == ("Idle", "")
    assert (status.images_received, status.images_written, status.images_lost) == (3, 3, 3)
    assert status.totals == Totals(runs=1, images_received=3, images_written=3, images_lost=3)


def test_a_run_that_can_not_be_written(bench: WriterBench) -> None:
    """State Error, until the next run."""
    refused = start_message(5, "../x")
    bench.feed(refused, *[image_message(n, refused) for n in range(2)])
    bench.feed(end_message(refused, 2))
    status = bench.service.monitor.status
    assert (status.state, status.images_lost) == ("Error", 2)
    assert "../x" in status.message
    start = start_message(5, run_number=2)
    bench.feed(start)
    status = bench.service.monitor.status
    assert (status.state, status.message, status.images_lost) == ("Writing", "", 0)
    assert status.totals == Totals(runs=2, images_received=2, images_lost=2)


def test_refused_images_are_lost_and_duplicates_are_not(bench: WriterBench) -> None:
    start = start_message(5)
    good = image_message(0, start)
    bad = replace(image_message(1, start), image=compressed(good_pixels()[:-1]))
    bench.feed(start, good, good, bad)
    bench.now_s = 1.0
    bench.service.step()
    status = bench.service.monitor.status
    assert (status.state, status.images_received, status.images_lost) == ("Writing", 3, 1)
    assert "not of the form" in status.message


def good_pixels() -> Any:
    return start_message().image.pixel_mask.astype("int16")


@contextmanager
def _cancelling(monitor: WriterMonitor) -> Iterator[list[bool]]:
    """Ask from another thread; the answer is there after the block."""
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(monitor.cancel(timeout_s=60.0)))
    thread.start()
    yield answers
    thread.join()


def test_cancel_closes_the_files_and_the_next_run_works(bench: WriterBench) -> None:
    """W013: images of the run given up that come later are no images of the next one."""
    start = start_message(40, "dead", images_per_file=10)
    bench.feed(start, *[image_message(n, start) for n in range(12)])
    with _cancelling(bench.service.monitor) as answers:
        wait_until(lambda: bench.service.step(0.0) or bench.service.run is None, "cancel")
    assert answers == [True]
    data_files = {"dead_data_000001.h5", "dead_data_000002.h5"}
    assert files_below(bench.root) == {*data_files, "dead_master.h5"}
    (end,) = bench.reports.ends
    assert (end.ok, end.images_on_disk) == (False, 12)
    status = bench.service.monitor.status
    assert (status.state, status.images_written) == ("Idle", 12)
    assert "POST /cancel" in status.message
    bench.feed(image_message(12, start), image_message(13, start), end_message(start, 14))
    bench.now_s += 1.0
    bench.service.step()
    status = bench.service.monitor.status
    assert (status.state, status.images_received) == ("Idle", 14)
    assert (status.images_written, status.images_lost) == (12, 2)
    assert (status.totals.images_written, status.totals.images_lost) == (12, 2)
    again = start_message(3, "next", run_number=2)
    bench.feed(again, *[image_message(n, again) for n in range(3)], end_message(again, 3))
    assert bench.reports.ends[-1].ok
    assert saved_image_count(bench.root / "next_master.h5") == 3
    totals = bench.service.monitor.status.totals
    assert totals == Totals(
        runs=2, images_received=17, images_written=15, images_lost=2, stray_messages=3
    )


def test_cancel_without_a_run_does_nothing(bench: WriterBench) -> None:
    with _cancelling(bench.service.monitor) as answers:
        wait_until(lambda: bench.service.step(0.0) or bool(answers), "answer")
    assert answers == [True]
    assert bench.reports.reports == []


def test_a_cancel_that_is_not_carried_out_in_time(bench: WriterBench) -> None:
    """It is all the same, later."""
    start = start_message(4)
    bench.feed(start, image_message(0, start))
    assert not bench.service.monitor.cancel(timeout_s=0.0)
    bench.service.step()
    assert bench.service.run is None


def test_signs_of_life_while_gaps_are_filled(
    bench: WriterBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = start_message(300)
    bench.feed(start, image_message(299, start))
    monitor, silences = bench.service.monitor, list[float]()
    post = monitor.post

    def note_silence(status: WriterStatus) -> None:
        silences.append(monitor.silent_s)
        post(status)

    monkeypatch.setattr(monitor, "post", note_silence)
    bench.step_time_s = 0.01
    bench.feed(end_message(start, 300))
    assert len(silences) > 4
    assert max(silences) < 1.0


@pytest.mark.parametrize(
    ("images", "per_file", "writers"),
    [(10, 0, 1), (10, 3, 1), (10, 3, 2), (9, 3, 2), (10, 0, 3), (100, 7, 4), (1, 1, 2), (12, 4, 3)],
)
def test_the_share_of_each_writer(images: int, per_file: int, writers: int) -> None:
    """As counted image by image."""
    counted = [0] * writers
    for image_id in range(images):
        counted[(image_id // (per_file or images)) % writers] += 1
    shares = [
        images_expected(
            start_message(
                images,
                images_per_file=per_file,
                files={"socket_number": number, "socket_count": writers},
            )
        )
        for number in range(writers)
    ]
    assert shares == counted


def test_images_per_second() -> None:
    clock = FakeClock()
    rate = ImageRate(clock)
    assert rate.per_second() == 0.0
    for _ in range(30):
        for _ in range(10):
            rate.note_image()
        clock.wait(0.1)
        rate.per_second()
    assert rate.per_second() == pytest.approx(100.0, rel=0.06)
    for _ in range(30):
        clock.wait(0.1)
        rate.per_second()
    assert rate.per_second() == 0.0
