"""How images are bundled in the metadata stream, on a clock of the test's own."""

import pytest

from jfjoch.messages.image import NO_PIXELS
from jfjoch.messages.metadata import MetadataMessage
from jfjoch.receiver.metadata_publisher import (
    LARGEST_BUNDLE,
    WAITING_IMAGES,
    MetadataPublisher,
)
from jfjoch.receiver.publisher_feed import Publishing
from tests.helpers.collecting_publisher import CollectingPublisher
from tests.helpers.fake_clock import FakeClock
from tests.helpers.writer_messages import end_message, image_message, start_message

START = start_message()
IMAGE = image_message(0, START)


class Bench:
    """A metadata publisher without a thread."""

    def __init__(self, period_s: float, enabled: bool = True) -> None:
        self.clock = FakeClock()
        self.published = CollectingPublisher()
        self.metadata = MetadataPublisher(self.published, Publishing(enabled, period_s), self.clock)

    def images(self, first: int, end: int, every_s: float = 0.125) -> None:
        for number in range(first, end):
            self.metadata.image_finished(image_message(number, START))
            self.work()
            self.clock.wait(every_s)
            self.work()

    def work(self) -> None:
        while self.metadata.step(0.0):
            pass

    def end(self) -> list[str]:
        """End the run; everything that was published."""
        self.metadata.run_ended(end_message(START, 10))
        self.work()
        return self.published.shown()


def test_every_image_once_and_the_last_bundle_before_the_end() -> None:
    """B140, B141: an image every 125 ms, bundled for 500 ms."""
    bench = Bench(0.5)
    bench.metadata.run_started(START)
    bench.images(0, 10, every_s=0.125)
    assert bench.end() == ["start", "0 1 2 3", "4 5 6 7", "8 9", "end"]


def test_a_bundle_does_not_wait_for_the_next_image() -> None:
    bench = Bench(0.5)
    bench.metadata.run_started(START)
    bench.images(0, 2)
    bench.clock.wait(0.5)
    bench.work()
    assert bench.published.shown() == ["start", "0 1"]


def test_bundles_carry_the_run_and_no_pixels() -> None:
    bench = Bench(0.5)
    bench.metadata.run_started(START)
    bench.images(0, 2)
    bench.end()
    (bundle,) = [m for m in bench.published.messages if isinstance(m, MetadataMessage)]
    assert (bundle.run_number, bundle.run_name) == (START.run_number, START.run_name)
    assert [image.image for image in bundle.images] == [NO_PIXELS] * 2


def test_a_run_without_images_has_no_bundle() -> None:
    bench = Bench(0.5)
    bench.metadata.run_started(START)
    assert bench.end() == ["start", "end"]


def test_another_period_counts_at_once() -> None:
    """B139: for the bundle that waits, too."""
    bench = Bench(1000.0)
    bench.metadata.run_started(START)
    bench.images(0, 3)
    assert bench.published.shown() == ["start"]
    bench.metadata.configure(Publishing(True, 0.25))
    bench.work()
    assert bench.published.shown() == ["start", "0 1 2"]


def test_switched_off_and_on_in_a_run() -> None:
    """Images finished before it are published; then the start comes again."""
    bench = Bench(1000.0)
    bench.metadata.run_started(START)
    bench.images(0, 2)
    bench.metadata.configure(Publishing(False, 1000.0))
    bench.images(2, 4)
    assert bench.published.shown() == ["start", "0 1"]
    bench.metadata.configure(Publishing(True, 1000.0))
    bench.images(4, 6)
    assert bench.end() == ["start", "0 1", "start", "4 5", "end"]


def test_off_nothing_is_published() -> None:
    bench = Bench(0.0, enabled=False)
    bench.metadata.run_started(START)
    bench.images(0, 3)
    assert bench.end() == []


def test_a_long_period_takes_no_more_memory_than_a_bundle() -> None:
    bench = Bench(1e9)
    bench.metadata.run_started(START)
    for _ in range(LARGEST_BUNDLE + 1):
        bench.metadata.image_finished(IMAGE)
        bench.work()
    bundles = [m for m in bench.published.messages if isinstance(m, MetadataMessage)]
    assert [len(bundle.images) for bundle in bundles] == [LARGEST_BUNDLE]
    assert bench.end()[-2:] == ["0", "end"]


def test_images_beyond_the_room_are_left_out_and_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench(1e9)
    bench.metadata.run_started(START)
    for _ in range(WAITING_IMAGES + 5):
        bench.metadata.image_finished(IMAGE)
    bench.end()
    bundles = [m for m in bench.published.messages if isinstance(m, MetadataMessage)]
    assert sum(len(bundle.images) for bundle in bundles) == WAITING_IMAGES
    (record,) = caplog.records
    assert "5 images are missing in the metadata stream" in record.getMessage()
