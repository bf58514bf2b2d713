"""A run through the receiver: generator, workers, sender, with real kernels and threads."""

import threading
import time
from collections.abc import Callable

import pytest

from jfjoch.compression.decompression import decompress
from jfjoch.errors import Cancelled, InvalidInput, WriterLost, WriterMissing
from jfjoch.messages.end import EndMessage
from jfjoch.messages.start import StartMessage
from jfjoch.messages.writer_report import WriterReport
from jfjoch.receiver.measurement import DRAIN_AFTER_CANCEL_S, Measurement
from tests.helpers.collecting_sink import CollectingSink
from tests.helpers.one_module_receiver import STORED, OneModuleReceiver


class Setup(OneModuleReceiver):
    """Its images come to a sink in memory."""

    def __init__(
        self,
        frame_slots: int = 8,
        sink: CollectingSink | None = None,
        frame_time_us: int = 500,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sink = sink or CollectingSink()
        super().__init__(self.sink, frame_slots, frame_time_us, clock)


def pixel_values(sink: CollectingSink) -> dict[int, int]:
    """Value of one ordinary pixel of each image, by image_id."""
    return {m.image_id: int(decompress(m.image)[100, 100]) for m in sink.images}


def complete(measurement: Measurement) -> None:
    measurement.arm()
    measurement.run()


def test_every_image_arrives_once_and_right() -> None:
    """B037, B171: expected, collected and sent agree; image i is stored frame i mod n."""
    setup = Setup()
    measurement = setup.measurement(images_per_trigger=40)
    complete(measurement)
    assert pixel_values(setup.sink) == {i: i % STORED for i in range(40)}
    assert len(setup.sink.images) == 40
    counts = measurement.statistics.snapshot()
    assert (counts.images_collected, counts.images_sent, counts.images_not_sent) == (40, 40, 0)
    assert counts.max_image_number == 40
    assert counts.efficiency == 1.0
    assert setup.sink.ends[0].images_sent == 40
    assert not setup.sink.ends[0].cancelled


def test_frames_are_summed() -> None:
    """B038, B102: 3 frames per image, more than there are slots at a time."""
    setup = Setup(frame_slots=2)
    complete(setup.measurement(images_per_trigger=8, image_time_us=1500))
    expected = {i: sum((3 * i + k) % STORED for k in range(3)) for i in range(8)}
    assert pixel_values(setup.sink) == expected


def test_inside_sources_wait_for_a_slow_writer() -> None:
    """Nothing is lost when the stream has no room for a while."""
    setup = Setup(frame_slots=2)
    setup.sink.refusals_left = 50
    complete(setup.measurement(images_per_trigger=30))
    assert sorted(pixel_values(setup.sink)) == list(range(30))


def test_cancelled_run_sends_what_it_collected() -> None:
    """B073, B074, B077: frames in work are finished and sent; the end says cancelled."""
    setup = Setup()
    measurement = setup.measurement(images_per_trigger=1_000_000)
    measurement.arm()
    runner = threading.Thread(target=measurement.run)
    runner.start()
    while measurement.statistics.snapshot().images_sent < 5:
        runner.join(0.001)
        assert runner.is_alive()
    measurement.cancel()
    runner.join(60.0)
    assert not runner.is_alive()
    counts = measurement.statistics.snapshot()
    assert counts.images_sent == counts.images_collected == len(setup.sink.images)
    assert sorted(pixel_values(setup.sink)) == list(range(counts.images_sent))
    assert setup.sink.ends[0].cancelled


def test_run_cancelled_before_it_ran() -> None:
    setup = Setup()
    measurement = setup.measurement(images_per_trigger=1000)
    measurement.arm()
    measurement.cancel()
    measurement.run()
    assert setup.sink.ends[0].cancelled
    assert setup.sink.ends[0].images_sent == len(setup.sink.images)


def test_lost_writer_fails_the_run_and_the_next_one_works() -> None:
    """Every thread ends; what was finished but not sent is counted."""
    setup = Setup()
    setup.sink.lost_after = 3
    failing = setup.measurement(images_per_trigger=1_000_000)
    failing.arm()
    with pytest.raises(WriterLost, match="gone"):
        failing.run()
    counts = failing.statistics.snapshot()
    assert counts.images_sent == 3
    assert counts.images_collected - counts.images_sent == counts.images_not_sent
    setup.sink.lost_after = None
    setup.sink.images.clear()
    complete(setup.measurement(images_per_trigger=10))
    assert sorted(pixel_values(setup.sink)) == list(range(10))


def test_writer_that_goes_while_no_image_is_due_is_noticed() -> None:
    """A peer that is gone fails the run at once, also between two triggers."""
    setup = Setup(frame_time_us=3_600_000_000)
    measurement = setup.measurement(images_per_trigger=2)
    measurement.arm()
    setup.sink.lost_after = 0
    with pytest.raises(WriterLost, match="gone"):
        measurement.run()


class ReportingSink(CollectingSink):
    """Its writer ends with some images less than it was sent."""

    def __init__(self, missing: int) -> None:
        super().__init__()
        self.reports_configured = True
        self._missing = missing
        self.first_words: list[WriterReport] = []

    def start(self, message: StartMessage) -> None:
        super().start(message)
        self.report_queue += self.first_words

    def end(self, message: EndMessage, timeout_s: float) -> bool:
        on_disk = len(self.images) - self._missing
        self.report_queue.append(
            WriterReport("end", 1, "1:run", 0, len(self.images), on_disk, free_bytes=1, ok=True)
        )
        return super().end(message, timeout_s)


def test_writer_that_can_not_write_refuses_the_start() -> None:
    """Its own words are raised by arm, so that POST /start can answer with them."""
    sink = ReportingSink(0)
    sink.first_words = [
        WriterReport("progress", 1, "1:run", 0, 0, 0, free_bytes=1, ok=False, error="/x exists")
    ]
    setup = Setup(sink=sink)
    with pytest.raises(WriterLost, match="/x exists"):
        setup.measurement(images_per_trigger=10).arm()
    assert len(sink.ends) == 1


def test_cancel_while_writers_are_looked_for() -> None:
    setup = Setup()
    measurement = setup.measurement()
    measurement.cancel()
    with pytest.raises(Cancelled):
        measurement.arm()
    assert setup.sink.starts == []


def test_run_is_a_success_when_all_images_are_on_disk() -> None:
    setup = Setup(sink=ReportingSink(0))
    measurement = setup.measurement(images_per_trigger=10)
    complete(measurement)
    assert measurement.statistics.snapshot().images_written == 10


def test_writer_that_ends_with_less_than_it_was_sent_fails_the_run() -> None:
    """Loss is never silent."""
    setup = Setup(sink=ReportingSink(2))
    measurement = setup.measurement(images_per_trigger=10)
    with pytest.raises(WriterLost, match="ended without some of the images"):
        complete(measurement)
    assert measurement.statistics.snapshot().images_written == 8


def test_cancelling_again_gives_no_more_time() -> None:
    """A writer that takes nothing can't keep a cancelled run alive."""
    now = 0.0
    setup = Setup(clock=lambda: now)
    setup.sink.refusals_left = 10**9
    measurement = setup.measurement(images_per_trigger=1000)
    measurement.arm()
    runner = threading.Thread(target=measurement.run)
    runner.start()
    measurement.cancel()
    now = DRAIN_AFTER_CANCEL_S - 0.5
    measurement.cancel()
    now = DRAIN_AFTER_CANCEL_S + 0.5
    runner.join(60.0)
    assert not runner.is_alive()
    assert setup.sink.ends[0].cancelled


def test_start_without_a_writer_is_refused() -> None:
    setup = Setup()
    setup.sink.writer_present = False
    with pytest.raises(WriterMissing):
        setup.measurement().arm()


def test_appendix_that_cannot_be_sent_is_refused() -> None:
    """B053, B056: found out before anything is started."""
    nested: list[object] = []
    for _ in range(50):
        nested = [nested]
    for name in ("header_appendix", "image_appendix"):
        with pytest.raises(InvalidInput, match=name):
            Setup().measurement(**{name: nested})


@pytest.mark.parametrize(("images", "arrays"), [(4, 0), (5, 6)])
def test_calibration_is_sent(images: int, arrays: int) -> None:
    """B065: by default with more than four images; stacked modules."""
    setup = Setup()
    complete(setup.measurement(images_per_trigger=images))
    assert len(setup.sink.calibrations) == arrays
    assert all(m.values.shape == (512, 1024) for m in setup.sink.calibrations)
