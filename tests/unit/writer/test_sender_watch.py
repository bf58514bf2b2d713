"""A run whose broker died does not stay open for ever; a run that only waits does."""

from pathlib import Path

import pytest

from jfjoch.writer.sender_watch import LONGEST_ABSENCE_S, SenderWatch
from tests.helpers.fake_clock import FakeClock
from tests.helpers.saved_run import files_below
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import end_message, image_message, start_message


@pytest.fixture
def bench(tmp_path: Path) -> WriterBench:
    return WriterBench(tmp_path)


def test_lost_after_five_seconds_of_silence() -> None:
    clock = FakeClock()
    watch = SenderWatch(clock)
    watch.begin(departures=3)
    clock.wait(1000)
    assert not watch.is_lost(3), "it only waits"
    assert not watch.is_lost(4)
    clock.wait(LONGEST_ABSENCE_S - 0.1)
    assert not watch.is_lost(4)
    watch.note_message()
    assert not watch.is_lost(4), "what was on its way still comes"
    clock.wait(LONGEST_ABSENCE_S)
    assert watch.is_lost(4)
    watch.begin(departures=4)
    clock.wait(1000)
    assert not watch.is_lost(4)


def test_a_run_whose_broker_died_is_closed(bench: WriterBench) -> None:
    """Its data files are whole, it is told, and the next run works."""
    start = start_message(10, images_per_file=4)
    bench.feed(start, *[image_message(n, start) for n in range(5)])
    bench.queue.departures += 1
    bench.service.step()
    bench.now_s += LONGEST_ABSENCE_S - 0.1
    bench.service.step()
    assert bench.service.run is not None
    bench.now_s += 0.2
    bench.service.step()
    assert bench.service.run is None
    (end,) = bench.reports.ends
    assert (end.ok, end.images_on_disk) == (False, 5)
    assert "the broker went away" in end.error
    assert bench.service.monitor.status.state == "Error"
    assert files_below(bench.root) == {
        "run_data_000001.h5",
        "run_data_000002.h5",
        "run_master.h5",
    }
    following = start_message(1, "next", run_number=2)
    bench.feed(following, image_message(0, following), end_message(following, 1))
    assert bench.reports.ends[-1].ok


def test_a_run_that_waits_for_its_trigger_stays_open(bench: WriterBench) -> None:
    """However long, and although the broker was away before it."""
    bench.queue.departures = 7
    start = start_message(2)
    bench.feed(start, image_message(0, start))
    bench.now_s += 86_400.0
    bench.service.step()
    assert bench.service.run is not None
    bench.feed(image_message(1, start), end_message(start, 2))
    assert bench.reports.ends[0].ok
