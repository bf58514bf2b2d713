"""Which images the preview stream shows, on a clock of the test's own."""

import threading

import pytest

from jfjoch.receiver.preview_publisher import WAITING_IMAGES, PreviewPublisher
from jfjoch.receiver.publisher_feed import Publishing
from tests.helpers.collecting_publisher import CollectingPublisher
from tests.helpers.fake_clock import FakeClock
from tests.helpers.writer_messages import end_message, image_message, start_message

START = start_message()


class Bench:
    """A preview publisher without a thread."""

    def __init__(self, period_s: float, enabled: bool = True) -> None:
        self.clock = FakeClock()
        self.published = CollectingPublisher()
        self.preview = PreviewPublisher(self.published, Publishing(enabled, period_s), self.clock)

    def images(self, first: int, end: int, every_s: float = 0.125) -> None:
        """One image after another, each published, if it is to be, before the next."""
        for number in range(first, end):
            self.preview.image_finished(image_message(number, START))
            self.work()
            self.clock.wait(every_s)

    def work(self) -> None:
        while self.preview.step(0.0):
            pass

    def end(self) -> list[str]:
        """End the run; everything that was published."""
        self.preview.run_ended(end_message(START, 10))
        self.work()
        return self.published.shown()


def test_an_image_per_period_and_the_first_at_once() -> None:
    """B135, B136: images come every 125 ms, the period is 250 ms."""
    bench = Bench(0.25)
    bench.preview.run_started(START)
    bench.images(0, 10)
    assert bench.end() == ["start", "0", "2", "4", "6", "8", "end"]


def test_period_0_is_every_image() -> None:
    """B136."""
    bench = Bench(0.0)
    bench.preview.run_started(START)
    bench.images(0, 5, every_s=0.0)
    assert bench.end() == ["start", "0", "1", "2", "3", "4", "end"]


def test_the_first_image_of_a_run_is_shown_whatever_was_before() -> None:
    bench = Bench(1000.0)
    for _ in range(2):
        bench.preview.run_started(START)
        bench.images(0, 3)
        bench.end()
    assert bench.published.shown() == ["start", "0", "end"] * 2


def test_another_period_counts_at_once() -> None:
    """B139: while the run goes on."""
    bench = Bench(1000.0)
    bench.preview.run_started(START)
    bench.images(0, 3)
    bench.preview.configure(Publishing(True, 0.25))
    bench.images(3, 6)
    assert bench.end() == ["start", "0", "3", "5", "end"]


def test_switched_on_in_a_run_the_start_comes_first() -> None:
    bench = Bench(0.0, enabled=False)
    bench.preview.run_started(START)
    bench.images(0, 2)
    bench.preview.configure(Publishing(True, 0.0))
    bench.work()
    assert bench.published.shown() == ["start"]
    bench.images(2, 4)
    assert bench.end() == ["start", "2", "3", "end"]


def test_switched_off_and_on_the_start_comes_again() -> None:
    """B136: nothing is published in between, nor an end of it."""
    bench = Bench(0.0)
    bench.preview.run_started(START)
    bench.images(0, 1)
    bench.preview.configure(Publishing(False, 0.0))
    bench.images(1, 3)
    bench.preview.configure(Publishing(True, 0.0))
    bench.images(3, 4)
    assert bench.end() == ["start", "0", "start", "3", "end"]


def test_switched_on_between_runs_nothing_comes_before_the_next() -> None:
    bench = Bench(0.0, enabled=False)
    bench.preview.run_started(START)
    assert bench.end() == []
    bench.preview.configure(Publishing(True, 0.0))
    bench.work()
    assert bench.published.shown() == []
    bench.preview.run_started(START)
    assert bench.end() == ["start", "end"]


def test_images_beyond_the_room_are_left_out_and_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nobody waits; start and end come all the same, and the next run is whole."""
    bench = Bench(0.0)
    bench.preview.run_started(START)
    for number in range(WAITING_IMAGES + 3):
        bench.preview.image_finished(image_message(number, START))
    kept = [str(number) for number in range(WAITING_IMAGES)]
    assert bench.end() == ["start", *kept, "end"]
    (record,) = caplog.records
    assert "run 1: 3 images are missing in the preview stream" in record.getMessage()
    bench.preview.run_started(START)
    bench.images(0, 2)
    assert bench.end()[-4:] == ["start", "0", "1", "end"]
    assert len(caplog.records) == 1


def test_of_many_workers_at_once_one_image_is_shown() -> None:
    bench = Bench(1000.0)
    bench.preview.run_started(START)
    gate = threading.Barrier(8)

    def work(number: int) -> None:
        gate.wait()
        bench.preview.image_finished(image_message(number, START))

    workers = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    start, image, end = bench.end()
    assert (start, end) == ("start", "end")
    assert int(image) in range(8)
