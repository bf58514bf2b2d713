"""What a failed run has lost, corrected by what is said of it later."""

import asyncio
from collections.abc import Iterator

import pytest

from jfjoch.broker.operation import OperationDesk
from jfjoch.broker.run_losses import RunLosses
from jfjoch.broker.standing import Correction, Ending
from jfjoch.broker.state_machine import Event
from jfjoch.errors import OperationFailed, WriterLost
from jfjoch.messages.writer_report import WriterReport
from jfjoch.receiver.run_statistics import RunStatistics
from jfjoch.receiver.writer_watch import WriterWatch
from tests.helpers.collecting_sink import CollectingSink
from tests.helpers.one_module_receiver import OneModuleReceiver
from tests.helpers.writer_messages import image_message, start_message

START = start_message(10)
PLAN = OneModuleReceiver(CollectingSink()).measurement().plan
BEFORE = Correction("2 images lost", "1 image lost")


class FailedRun:
    """Fails with what it is told."""

    title = "failing"
    when_done: Event = "completed"
    when_failed: Event = "failed_needs_initialize"
    when_cancelled: Event = "cancelled"
    is_awaited = False

    def __init__(self, message: str) -> None:
        self._message = message

    def run(self) -> Ending:
        raise OperationFailed(self._message)

    def cancel(self) -> None:
        pass

    def trigger(self) -> None:
        pass

    def progress(self) -> float:
        return 0.0


@pytest.fixture
def desk() -> Iterator[OperationDesk]:
    desk = OperationDesk()
    yield desk
    desk.close()


def fail(desk: OperationDesk, message: str) -> None:
    desk.begin("initialize", lambda: FailedRun(message))[1].result(60)


class Scene:
    """A run of ten images that were sent, and its writer."""

    def __init__(self) -> None:
        self.sink = CollectingSink()
        self.sink.reports_configured = True
        statistics = RunStatistics(10)
        for image_id in range(10):
            statistics.image_collected(image_message(image_id, START))
            statistics.image_sent(image_id)
        statistics.images_written(4)
        self.losses = RunLosses(
            PLAN, statistics, WriterWatch(self.sink, PLAN.run, statistics, lambda: 0.0)
        )

    def hear(self, images: int) -> Correction | None:
        run = PLAN.run
        report = WriterReport("recovered", run.number, run.name, 0, images, images, 1, ok=True)
        self.sink.report_queue.append(report)
        return self.losses.correction()


def test_the_number_lost_is_corrected() -> None:
    """Nothing is said where nothing has changed."""
    scene = Scene()
    told = scene.losses.tell(WriterLost("the writer has gone"))
    assert told.startswith("the writer has gone; ")
    assert told.endswith("6 sent images lost")
    assert scene.losses.correction() is None
    correction = scene.hear(9)
    assert correction is not None
    assert correction.told == told
    assert "9 written" in correction.message
    assert correction.message.endswith("1 sent images lost")
    assert scene.hear(9) is None
    last = scene.hear(10)
    assert last is not None
    assert last.told == correction.message
    assert last.message.endswith("no collected image lost")


def test_a_run_that_did_not_fail_is_not_corrected() -> None:
    assert Scene().hear(9) is None


def test_status_and_the_next_wait_are_corrected(desk: OperationDesk) -> None:
    """Severity and state stay."""
    fail(desk, BEFORE.told)
    desk.correct(lambda: BEFORE)
    status = desk.status()
    assert (status.state, status.message) == ("Error", "1 image lost")
    assert status.message_severity == "error"


def test_an_untold_failure_is_told_in_better_words(desk: OperationDesk) -> None:
    desk.waits.began()
    desk.waits.ended("Idle", BEFORE.told)
    desk.waits.correct(BEFORE)
    answer = asyncio.run(desk.waits.wait(0.0))
    assert (answer.result, answer.message) == ("failed", BEFORE.message)


def test_the_message_of_another_operation_stays(desk: OperationDesk) -> None:
    fail(desk, "something else")
    desk.correct(lambda: BEFORE)
    assert desk.status().message == "something else"


def test_nothing_is_asked_while_a_command_is_carried_out(desk: OperationDesk) -> None:
    """Who looks at the status must not wait for it."""
    asked: list[bool] = []

    def look() -> Correction | None:
        asked.append(True)
        return None

    desk.change("put_live", lambda: desk.correct(look))
    assert asked == []
    desk.correct(look)
    assert asked == [True]
