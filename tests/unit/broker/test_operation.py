"""The operation desk: whatever happens, a defined state is left behind."""

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from jfjoch.broker.operation import OperationDesk
from jfjoch.broker.state_machine import Event
from jfjoch.errors import Cancelled, PedestalRefused, WrongState


class Job:
    """An operation that does what the test says."""

    title = "testing"
    when_done: Event = "completed"
    when_failed: Event = "failed_needs_initialize"
    when_cancelled: Event = "abandoned"

    def __init__(self, work: Callable[["Job"], str]) -> None:
        self._work = work
        self.cancelled = threading.Event()

    def run(self) -> str:
        return self._work(self)

    def cancel(self) -> None:
        self.cancelled.set()

    def progress(self) -> float:
        return 0.5


@pytest.fixture
def desk() -> Iterator[OperationDesk]:
    made = OperationDesk()
    yield made
    made.close()


def carried_out(desk: OperationDesk, job: Job) -> None:
    desk.take("initialize", job)
    desk.carry_out(job)
    desk.close()


def raising(error: Exception) -> Job:
    def work(_: Job) -> str:
        raise error

    return Job(work)


def test_success_leads_to_idle(desk: OperationDesk) -> None:
    """B023, B143: the message comes with its severity."""
    carried_out(desk, Job(lambda _: "all is well"))
    status = desk.status()
    assert (status.state, status.message, status.message_severity) == (
        "Idle",
        "all is well",
        "success",
    )
    assert status.progress is None


def test_failure_leads_to_error_with_the_reason(desk: OperationDesk) -> None:
    """B023: the reason of a failed initialization is in status.message."""
    carried_out(desk, raising(PedestalRefused("module 1 has 3 of 128")))
    status = desk.status()
    assert (status.state, status.message) == ("Error", "module 1 has 3 of 128")
    assert status.message_severity == "error"


def test_unexpected_error_leads_to_error_too(
    desk: OperationDesk, caplog: pytest.LogCaptureFixture
) -> None:
    """No defect leaves a state that needs a restart; it is logged with its trace."""
    with caplog.at_level(logging.CRITICAL):
        carried_out(desk, raising(ZeroDivisionError("oops")))
    assert desk.status().state == "Error"
    assert "ZeroDivisionError" in (desk.status().message or "")


def test_cancelled_operation(desk: OperationDesk) -> None:
    def work(job: Job) -> str:
        assert job.cancelled.wait(60)
        raise Cancelled("as you wish")

    job = Job(work)
    desk.take("initialize", job)
    desk.carry_out(job)
    assert desk.status().state == "Busy"
    assert desk.status().progress == 0.5
    desk.cancel()
    desk.close()
    assert desk.status().state == "Inactive"
    assert desk.status().message == "as you wish"


def test_change_is_made_only_where_it_is_allowed(desk: OperationDesk) -> None:
    made: list[str] = []
    with pytest.raises(WrongState):
        desk.take("pedestal", Job(lambda _: ""), lambda: made.append("pedestal"))
    assert made == []
    desk.take("put_settings", change=lambda: made.append("settings"))
    assert made == ["settings"]


def test_failed_change_leaves_the_state(desk: OperationDesk) -> None:
    def fail() -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        desk.take("initialize", Job(lambda _: ""), fail)
    assert desk.status().state == "Inactive"


def test_cancel_with_nothing_running_does_nothing(desk: OperationDesk) -> None:
    """B076."""
    desk.cancel()
    assert desk.status().state == "Inactive"
