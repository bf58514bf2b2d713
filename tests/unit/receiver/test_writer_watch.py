"""Signs of life of a writer, on a clock that the test moves."""

import itertools

import pytest

from jfjoch.errors import WriterLost
from jfjoch.messages.writer_report import WriterReport
from jfjoch.model.plan import RunIdentity
from jfjoch.receiver.run_statistics import RunStatistics
from jfjoch.receiver.writer_watch import CLOSING_S, SILENCE_S, WriterWatch
from tests.helpers.collecting_sink import CollectingSink

RUN = RunIdentity(5, "five")


class Scene:
    """A watch and what it looks at."""

    def __init__(self) -> None:
        self.now = 100.0
        self.sink = CollectingSink()
        self.sink.reports_configured = True
        self.statistics = RunStatistics(10)
        self.watch = WriterWatch(self.sink, RUN, self.statistics, lambda: self.now)

    def report(
        self, on_disk: int, run: RunIdentity = RUN, socket: int = 0, **changes: object
    ) -> None:
        self.sink.report_queue.append(self.made(on_disk, run, socket, **changes))
        self.watch.poll()

    def made(
        self, on_disk: int, run: RunIdentity = RUN, socket: int = 0, **changes: object
    ) -> WriterReport:
        fields: dict[str, object] = {
            "type": "progress",
            "run_number": run.number,
            "run_name": run.name,
            "socket_number": socket,
            "images_received": on_disk,
            "images_on_disk": on_disk,
            "free_bytes": 1,
            "ok": True,
        }
        return WriterReport(**(fields | changes))  # type: ignore[arg-type]


def test_silence_is_told_after_five_seconds() -> None:
    scene = Scene()
    scene.now += SILENCE_S
    scene.watch.check_silence()
    scene.now += 0.1
    with pytest.raises(WriterLost, match="no word for 5 s"):
        scene.watch.check_silence()


def test_a_report_is_a_sign_of_life() -> None:
    scene = Scene()
    scene.now += SILENCE_S
    scene.report(3)
    scene.now += SILENCE_S
    scene.watch.check_silence()
    assert scene.statistics.snapshot().images_written == 3


@pytest.mark.parametrize("run", [RunIdentity(4, "five"), RunIdentity(5, "five, but earlier")])
def test_reports_of_another_run_do_not_count(run: RunIdentity) -> None:
    """Numbers given by hand may repeat: number and name make a run."""
    scene = Scene()
    scene.report(3, run=run)
    assert scene.statistics.snapshot().images_written is None


def test_written_is_summed_over_writers() -> None:
    scene = Scene()
    scene.report(3, socket=0)
    scene.report(4, socket=1)
    scene.report(5, socket=0)
    assert scene.watch.images_on_disk == 9


def test_what_is_said_of_a_failed_run_is_counted() -> None:
    """A writer that was silent, or whoever mended its files; failures of it are known by then."""
    scene = Scene()
    scene.report(3)
    scene.sink.report_queue += [
        scene.made(4, ok=False, error="disk full"),
        scene.made(2, socket=1, type="recovered"),
        scene.made(9, run=RunIdentity(6, "six")),
    ]
    scene.watch.hear()
    assert scene.statistics.snapshot().images_written == 6


def test_mending_files_does_not_end_a_run() -> None:
    """Between two files nothing shows that a run goes on: who mends then may be mistaken."""
    scene = Scene()
    scene.report(3)
    scene.report(9, type="recovered")
    assert scene.statistics.snapshot().images_written == 3
    assert not scene.watch.all_ended


def test_last_words_arrive_after_the_news_of_death() -> None:
    """By another connection: they are waited for."""
    scene = Scene()
    scene.report(3)
    looks = itertools.count()
    last_word = scene.made(8)
    scene.sink.reports = lambda: [last_word] if next(looks) == 7 else []  # type: ignore[method-assign]
    scene.watch.hear_last_words()
    assert scene.statistics.snapshot().images_written == 8


def test_all_writers_have_to_end() -> None:
    scene = Scene()
    scene.sink.destination_count = 2
    scene.report(3, socket=0, type="end")
    assert not scene.watch.all_ended
    scene.report(3, socket=1, type="end")
    assert scene.watch.all_ended


def test_a_failed_writer_fails_the_run_with_its_own_words() -> None:
    scene = Scene()
    with pytest.raises(WriterLost, match="No space left on /data"):
        scene.report(3, ok=False, error="No space left on /data")
    assert scene.statistics.snapshot().images_written == 3


def test_a_writer_owes_what_was_sent_and_is_not_on_disk() -> None:
    scene = Scene()
    assert not scene.watch.owes_images
    scene.statistics.image_sent(0)
    assert scene.watch.owes_images
    scene.report(1)
    assert not scene.watch.owes_images


def test_closing_files_may_take_longer_than_writing() -> None:
    scene = Scene()
    scene.statistics.image_sent(0)
    scene.report(1)
    scene.now += CLOSING_S
    scene.watch.check_end()
    scene.now += 0.1
    with pytest.raises(WriterLost, match="after the end of the run"):
        scene.watch.check_end()


def test_a_writer_that_goes_before_it_has_ended_is_told_at_once() -> None:
    scene = Scene()
    scene.sink.lost_after = 0
    with pytest.raises(WriterLost, match="gone"):
        scene.watch.check_end()


def test_a_last_word_that_comes_with_the_departure_is_heard() -> None:
    scene = Scene()
    scene.sink.lost_after = 0
    scene.sink.report_queue.append(
        WriterReport("end", RUN.number, RUN.name, 0, 0, 0, free_bytes=1, ok=True)
    )
    scene.watch.check_end()
    assert scene.watch.all_ended
