"""The operation desk: whatever happens, a defined state is left behind."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from jfjoch.broker.operation import Finished, OperationDesk
from jfjoch.broker.standing import Ending
from jfjoch.broker.state_machine import Event
from jfjoch.errors import Cancelled, DetectorError, OperationFailed, PedestalRefused, WrongState


class Job:
    """An operation that does what the test says."""

    title = "testing"
    when_done: Event = "completed"
    when_failed: Event = "failed_needs_initialize"
    when_cancelled: Event = "abandoned"
    is_awaited = False

    def __init__(self, work: Callable[["Job"], str]) -> None:
        self._work = work
        self.cancelled = threading.Event()
        self.triggers = 0

    def run(self) -> Ending:
        return Ending(self._work(self))

    def cancel(self) -> None:
        self.cancelled.set()

    def trigger(self) -> None:
        self.triggers += 1

    def progress(self) -> float:
        return 0.5


def raising(error: Exception) -> Job:
    def work(_: Job) -> str:
        raise error

    return Job(work)


def until_cancelled(job: Job) -> str:
    assert job.cancelled.wait(60)
    raise Cancelled("as you wish")


@pytest.fixture
def desk() -> Iterator[OperationDesk]:
    made = OperationDesk()
    yield made
    made.close()


def begun(desk: OperationDesk, job: Job) -> Finished:
    return desk.begin("initialize", lambda: job)[1]


def test_success_leads_to_idle(desk: OperationDesk) -> None:
    """B023, B143: the message comes with its severity."""
    assert begun(desk, Job(lambda _: "all is well")).result(60) is None
    status = desk.status()
    assert (status.state, status.message) == ("Idle", "all is well")
    assert status.message_severity == "success"
    assert status.progress is None


def test_failure_leads_to_error_with_the_reason(desk: OperationDesk) -> None:
    """B023: the reason of a failed initialization is in status.message."""
    error = PedestalRefused("module 1 has 3 of 128")
    assert begun(desk, raising(error)).result(60) is error
    status = desk.status()
    assert (status.state, status.message) == ("Error", "module 1 has 3 of 128")
    assert status.message_severity == "error"


def test_unexpected_error_leads_to_error_too(
    desk: OperationDesk, caplog: pytest.LogCaptureFixture
) -> None:
    """No defect leaves a state that needs a restart; it is logged with its trace."""
    error = begun(desk, raising(ZeroDivisionError("oops"))).result(60)
    assert isinstance(error, OperationFailed)
    assert "ZeroDivisionError" in (desk.status().message or "")
    assert desk.status().state == "Error"
    assert [r.exc_info is not None for r in caplog.records if r.levelno == logging.ERROR] == [True]


def test_detector_error_in_a_run_needs_initialize(desk: OperationDesk) -> None:
    """Other failures of a run end in Idle; a detector that does not obey does not."""
    job = raising(DetectorError("no answer"))
    job.when_failed = "failed_run"
    begun(desk, job).result(60)
    assert desk.status().state == "Error"


def test_cancelled_operation(desk: OperationDesk) -> None:
    finished = begun(desk, Job(until_cancelled))
    assert desk.status().state == "Busy"
    assert desk.status().progress == 0.5
    desk.cancel()
    assert isinstance(finished.result(60), Cancelled)
    assert desk.status().state == "Inactive"
    assert desk.status().message == "as you wish"


def test_triggers_count_only_while_measuring(desk: OperationDesk) -> None:
    """B072."""
    job = Job(until_cancelled)
    finished = begun(desk, job)
    desk.trigger()
    assert job.triggers == 0
    job.when_cancelled = "cancelled"
    desk.armed()
    desk.trigger()
    assert job.triggers == 1
    assert desk.status().state == "Measuring"
    desk.cancel()
    finished.result(60)
    desk.trigger()
    assert job.triggers == 1


def test_change_is_made_only_where_it_is_allowed(desk: OperationDesk) -> None:
    made: list[str] = []
    with pytest.raises(WrongState):
        desk.change("put_generator_image", lambda: made.append("image"))
    desk.change("put_settings", lambda: made.append("settings"))
    assert made == ["settings"]


def test_operation_that_can_not_be_made_changes_nothing(desk: OperationDesk) -> None:
    def fail() -> Job:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        desk.begin("initialize", fail)
    assert desk.status().state == "Inactive"


def test_one_of_many_commands_at_once_is_taken(desk: OperationDesk) -> None:
    """The others are refused before anything is made for them."""
    made: list[Job] = []

    def make() -> Job:
        made.append(Job(until_cancelled))
        return made[-1]

    refused: list[WrongState] = []

    def ask() -> None:
        try:
            desk.begin("initialize", make)
        except WrongState as error:
            refused.append(error)

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(refused)) == (1, 15)


def test_status_is_answered_while_a_command_is_prepared(desk: OperationDesk) -> None:
    seen: list[str] = []

    def make() -> Job:
        asked = threading.Thread(target=lambda: seen.append(desk.status().state))
        asked.start()
        asked.join(60)
        return Job(lambda _: "done")

    desk.begin("initialize", make)
    assert seen == ["Inactive"]


def test_nothing_begins_while_shutting_down(desk: OperationDesk) -> None:
    finished = begun(desk, Job(until_cancelled))
    desk.close()
    assert isinstance(finished.result(0), Cancelled)
    with pytest.raises(OperationFailed, match="shutting down"):
        begun(desk, Job(lambda _: ""))


def test_cancel_with_nothing_running_does_nothing(desk: OperationDesk) -> None:
    """B076."""
    desk.cancel()
    assert desk.status().state == "Inactive"


def test_failure_that_its_own_request_was_told_is_not_told_again(desk: OperationDesk) -> None:
    """A failure already answered by its own POST does not count for the next wait."""
    job = raising(OperationFailed("no writer"))
    job.when_failed, job.is_awaited = "failed_run", True
    begun(desk, job).result(60)
    assert asyncio.run(desk.waits.wait(0)).result == "done"
    job.is_awaited = False
    begun(desk, job).result(60)
    assert asyncio.run(desk.waits.wait(0)).message == "no writer"
