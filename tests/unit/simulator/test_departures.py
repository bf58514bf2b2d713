"""When frames leave: at multiples of the period, after triggers, at once when late."""

import threading

import pytest

from jfjoch.simulator.acquisition import Destination
from jfjoch.simulator.departures import Departures, EmitterClock
from tests.helpers.emitters import acquisition
from tests.helpers.fake_clock import FakeClock

NOWHERE = ((Destination("127.0.0.1", 9),),)


class TriggeringClock(FakeClock):
    """Gives a trigger, a second late, whenever somebody waits for one."""

    departures: Departures

    def wait_or_trigger(self, duration_s: float | None) -> None:
        if duration_s is not None:
            self.wait(duration_s)
        else:
            self.now += 1.0
            self.departures.trigger()


def departures(clock: FakeClock, frame_count: int, **changed: object) -> Departures:
    def wait(duration_s: float | None) -> None:
        assert duration_s is not None, "no trigger is awaited"
        clock.wait(duration_s)

    return Departures(acquisition(NOWHERE, frame_count, **changed), 0.25, EmitterClock(clock, wait))


def all_times(leaving: Departures, clock: FakeClock) -> list[float]:
    times = []
    while leaving.next() is not None:
        times.append(clock.now)
    return times


def test_frames_leave_at_multiples_of_the_period() -> None:
    clock = FakeClock()
    assert all_times(departures(clock, 4), clock) == [0.0, 0.25, 0.5, 0.75]


def test_each_trigger_begins_anew() -> None:
    clock = TriggeringClock()
    asked = acquisition(NOWHERE, 4, frames_per_trigger=2, wait_for_trigger=True)
    clock.departures = Departures(asked, 0.25, EmitterClock(clock, clock.wait_or_trigger))
    assert clock.departures.triggers_left == 2
    assert all_times(clock.departures, clock) == [1.0, 1.25, 2.25, 2.5]
    assert clock.departures.triggers_left == 0


def test_late_frames_leave_at_once_and_are_counted() -> None:
    clock = FakeClock()
    leaving = departures(clock, 5)
    assert leaving.next() == 0.0
    clock.wait(0.6)
    dues = [leaving.next() for _ in range(4)]
    assert dues == [0.25, 0.5, 0.75, 1.0], "the schedule stays"
    assert clock.now == 1.0
    assert leaving.late_count == 1, "only the first of them was more than a period late"


def test_more_triggers_than_awaited_have_no_effect() -> None:
    clock = FakeClock()
    asked = acquisition(NOWHERE, 2, frames_per_trigger=2, wait_for_trigger=True)
    leaving = Departures(asked, 0.25, EmitterClock(clock, lambda wait_s: clock.wait(wait_s or 0)))
    assert leaving.waiting
    leaving.trigger()
    leaving.trigger()
    assert (leaving.waiting, leaving.triggers_left) == (False, 0)
    assert all_times(leaving, clock) == [0.0, 0.25]
    assert leaving.next() is None


@pytest.mark.parametrize("waits_for_trigger", [True, False])
def test_stop_ends_a_wait(waits_for_trigger: bool) -> None:
    """With the real clock, and a wait that would not end by itself."""
    asked = acquisition(NOWHERE, 9, frames_per_trigger=3, wait_for_trigger=waits_for_trigger)
    leaving = Departures(asked, period_s=3600.0)
    seen: list[float | None] = []

    def take() -> None:
        while seen[-1:] != [None]:
            seen.append(leaving.next())

    taker = threading.Thread(target=take)
    taker.start()
    leaving.stop()
    taker.join(30)
    assert not taker.is_alive()
    assert len(seen) <= 2
    assert leaving.triggers_left == 0


@pytest.mark.parametrize("period_s", [1e10, 1e300])
def test_the_longest_periods_are_waited_for(period_s: float) -> None:
    """Longer than the system can wait; with the real clock, until it is stopped."""
    leaving = Departures(acquisition(NOWHERE, 2), period_s)
    assert leaving.next() is not None
    seen: list[float | None] = []
    taker = threading.Thread(target=lambda: seen.append(leaving.next()))
    taker.start()
    leaving.stop()
    taker.join(30)
    assert seen == [None]


def test_a_pause_lasts_until_its_time() -> None:
    clock = FakeClock()
    departures(clock, 1).pause_until(0.5)
    assert clock.now == 0.5
