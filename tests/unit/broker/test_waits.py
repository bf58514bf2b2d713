"""What waits are told, and when (B067-B071)."""

import asyncio
import threading

import pytest

from jfjoch.broker.waits import OperationWaits, WaitAnswer

DONE = WaitAnswer("done")
LONG_S = 60.0


def ask(waits: OperationWaits, timeout_s: float = 0.0) -> WaitAnswer:
    return asyncio.run(waits.wait(timeout_s))


def idle() -> OperationWaits:
    waits = OperationWaits()
    waits.began()
    waits.ended("Idle")
    return waits


def test_inactive_has_nothing_to_wait_for() -> None:
    assert ask(OperationWaits(), LONG_S) == WaitAnswer("not_initialized")


def test_idle_is_done_at_once() -> None:
    assert ask(idle(), LONG_S) == DONE


def test_running_operation_times_out() -> None:
    """B070; a time-out of 0 answers at once (B069)."""
    waits = idle()
    waits.began()
    assert ask(waits, 0.0) == WaitAnswer("timed_out")
    assert ask(waits, 0.01) == WaitAnswer("timed_out")


def test_failure_nobody_was_told_of_is_told_once() -> None:
    waits = idle()
    waits.began()
    waits.ended("Idle", "writer lost")
    assert ask(waits) == WaitAnswer("failed", "writer lost")
    assert ask(waits) == DONE


def test_failure_answered_by_its_own_request_is_not_told_again() -> None:
    waits = idle()
    waits.began()
    waits.ended("Idle", "no writer", reported=True)
    assert ask(waits) == DONE


def test_next_operation_clears_a_failure() -> None:
    waits = idle()
    waits.began()
    waits.ended("Idle", "writer lost")
    waits.began()
    waits.ended("Idle")
    assert ask(waits) == DONE


def test_error_is_told_to_every_wait() -> None:
    waits = idle()
    waits.began()
    waits.ended("Error", "no frames")
    assert [ask(waits) for _ in range(3)] == [WaitAnswer("failed", "no frames")] * 3


def test_error_told_at_its_end_is_no_news_after_a_recovery() -> None:
    waits = idle()
    waits.began()
    waits.ended("Error", "no frames")
    waits.began()
    waits.ended("Idle")
    assert ask(waits) == DONE


def test_deactivated_is_not_initialized() -> None:
    waits = idle()
    waits.began()
    waits.ended("Inactive")
    assert ask(waits) == WaitAnswer("not_initialized")


async def _started(waits: OperationWaits, count: int) -> list[asyncio.Task[WaitAnswer]]:
    tasks = [asyncio.create_task(waits.wait(LONG_S)) for _ in range(count)]
    await asyncio.sleep(0)  # each of them has run up to its wait
    return tasks


@pytest.mark.parametrize(
    ("state", "failure", "answer"),
    [
        ("Idle", None, DONE),
        ("Idle", "disk full", WaitAnswer("failed", "disk full")),
        ("Error", "no frames", WaitAnswer("failed", "no frames")),
        ("Inactive", None, WaitAnswer("not_initialized")),
    ],
)
def test_all_pending_waits_hear_of_the_end(state, failure, answer) -> None:
    waits = idle()
    waits.began()

    async def scenario() -> list[WaitAnswer]:
        tasks = await _started(waits, 200)
        other_thread = threading.Thread(target=waits.ended, args=(state, failure))
        other_thread.start()
        other_thread.join()
        return await asyncio.gather(*tasks)

    assert asyncio.run(scenario()) == [answer] * 200
    assert ask(waits) == (DONE if state == "Idle" else answer)


def test_withdrawn_wait_does_not_count_as_told() -> None:
    """B071: a client that has gone takes no news away from the next."""
    waits = idle()
    waits.began()

    async def scenario() -> WaitAnswer:
        (gone,) = await _started(waits, 1)
        gone.cancel()
        await asyncio.wait({gone})
        waits.ended("Idle", "writer lost")
        return await waits.wait(0)

    assert asyncio.run(scenario()) == WaitAnswer("failed", "writer lost")


def test_waits_of_several_event_loops() -> None:
    waits = idle()
    waits.began()
    ready = threading.Barrier(4)
    answers: list[WaitAnswer] = []

    async def wait_from_loop() -> None:
        (task,) = await _started(waits, 1)
        ready.wait()
        answers.append(await task)

    threads = [threading.Thread(target=asyncio.run, args=(wait_from_loop(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    ready.wait()
    waits.ended("Idle")
    for thread in threads:
        thread.join()
    assert answers == [DONE] * 3


def test_wait_of_a_loop_that_has_ended_is_withdrawn() -> None:
    waits = idle()
    waits.began()

    async def leave_pending() -> asyncio.Task[WaitAnswer]:
        return (await _started(waits, 1))[0]

    asyncio.run(leave_pending())  # cancels what is left
    waits.ended("Idle", "writer lost")
    assert ask(waits) == WaitAnswer("failed", "writer lost")
