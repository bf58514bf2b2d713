"""Time and slots: when frames leave, and that none is lost."""

import threading

import numpy as np
import pytest

from jfjoch.detector.base import STEP_TIME_S, FrameInfo
from jfjoch.detector.paced_delivery import PacedDelivery
from jfjoch.errors import DetectorError
from tests.helpers.fake_clock import FakeClock
from tests.helpers.frame_list import FrameList
from tests.helpers.frame_plans import frame_plan


class TimedFrames(FrameList):
    """Also notes when each frame was published."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(module_count=1)
        self.times: list[float] = []
        self._clock = clock

    def publish(self, info: FrameInfo) -> None:
        super().publish(info)
        self.times.append(self._clock())

    @property
    def numbers(self) -> list[int]:
        return [info.number for info in self.infos]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def slots(clock: FakeClock) -> TimedFrames:
    return TimedFrames(clock)


@pytest.fixture
def delivery(clock: FakeClock) -> PacedDelivery:
    return PacedDelivery(1, clock, clock.wait)


def write_number(number: int, frame: np.ndarray) -> None:
    frame.fill(number)


def test_paced_frames_leave_at_multiples_of_the_frame_time(
    delivery: PacedDelivery, slots: TimedFrames
) -> None:
    delivery.start(frame_plan(paced=True, frame_time_s=0.25), write_number)
    while delivery.step(slots):
        pass
    np.testing.assert_allclose(slots.times, np.arange(10) * 0.25)
    assert slots.numbers == list(range(10))
    assert all((frame == number).all() for number, frame in enumerate(slots.frames))


def test_unpaced_frames_do_not_wait(
    delivery: PacedDelivery, slots: TimedFrames, clock: FakeClock
) -> None:
    delivery.start(frame_plan(paced=False, frame_time_s=100.0), write_number)
    steps = [delivery.step(slots) for _ in range(10)]
    assert steps == [True] * 9 + [False], "the step of the last frame tells that it is the last"
    assert clock.now == 0


def test_frames_know_their_packets(delivery: PacedDelivery, slots: TimedFrames) -> None:
    delivery.start(frame_plan(frame_count=1), write_number)
    delivery.step(slots)
    assert slots.infos == [FrameInfo(0, packets_expected=128, packets_received=128)]


def test_storage_cells_follow_each_other(delivery: PacedDelivery, slots: TimedFrames) -> None:
    """B092: the first frame comes from the first cell."""
    delivery.start(frame_plan(storage_cell_count=4, first_storage_cell=0), write_number)
    while delivery.step(slots):
        pass
    assert [info.storage_cell for info in slots.infos] == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
    delivery.start(frame_plan(first_storage_cell=5, frame_count=2), write_number)
    while delivery.step(slots):
        pass
    assert [info.storage_cell for info in slots.infos[10:]] == [5, 5]


def test_pulses_are_numbered_over_runs(delivery: PacedDelivery, slots: TimedFrames) -> None:
    """B099: one frame per pulse, or one of every storage cell."""
    for storage_cells in (1, 2):
        plan = frame_plan(pulsed=True, frame_count=4, storage_cell_count=storage_cells)
        delivery.start(plan, write_number)
        while delivery.step(slots):
            pass
    first = slots.infos[0].pulse_id
    assert first is not None
    ids = [(info.pulse_id or 0) - first for info in slots.infos]
    assert ids == [0, 1, 2, 3, 4, 4, 5, 5]
    codes = [info.event_code for info in slots.infos]
    assert codes[0] != codes[1]
    assert codes == [*codes[:2] * 2, codes[0], codes[0], codes[1], codes[1]]
    assert all(code is not None and 0 <= code <= 255 for code in codes)
    assert 0 <= first < 2**32


def test_other_sources_have_no_pulses(delivery: PacedDelivery, slots: TimedFrames) -> None:
    delivery.start(frame_plan(frame_count=1), write_number)
    delivery.step(slots)
    assert (slots.infos[0].pulse_id, slots.infos[0].event_code) == (None, None)


def test_no_slot_delays_frames_but_loses_none(
    delivery: PacedDelivery, slots: TimedFrames, clock: FakeClock
) -> None:
    delivery.start(frame_plan(paced=True, frame_time_s=0.25), write_number)
    delivery.step(slots)
    slots.free = False
    clock.now = 1.1
    for _ in range(100):
        assert delivery.step(slots)
    slots.free = True
    while delivery.step(slots):
        pass
    assert slots.numbers == list(range(10))
    assert slots.times[1:5] == [1.1] * 4, "late frames leave at once"
    np.testing.assert_allclose(slots.times[5:], np.arange(5, 10) * 0.25)


def test_a_step_without_a_due_frame_is_short(
    delivery: PacedDelivery, slots: TimedFrames, clock: FakeClock
) -> None:
    delivery.start(frame_plan(paced=True, frame_time_s=1000.0), write_number)
    delivery.step(slots)
    for _ in range(3):
        before = clock.now
        assert delivery.step(slots)
        assert clock.now - before == pytest.approx(STEP_TIME_S)
    assert slots.numbers == [0]


def test_each_trigger_releases_its_frames(
    delivery: PacedDelivery, slots: TimedFrames, clock: FakeClock
) -> None:
    plan = frame_plan(
        wait_for_trigger=True, frame_count=6, frames_per_trigger=2, paced=True, frame_time_s=0.01
    )
    delivery.start(plan, write_number)
    assert delivery.step(slots)
    assert slots.numbers == []
    clock.now = 7.0
    delivery.trigger()
    for _ in range(5):
        assert delivery.step(slots)
    np.testing.assert_allclose(slots.times, [7.0, 7.01])
    clock.now = 9.0
    delivery.trigger()
    delivery.trigger()
    while delivery.step(slots):
        pass
    np.testing.assert_allclose(slots.times[2:], [9.0, 9.01, 9.02, 9.03])
    delivery.trigger()
    assert not delivery.step(slots), "a trigger too many releases nothing"
    assert len(slots.frames) == 6


def test_triggers_before_the_start_do_not_count(
    delivery: PacedDelivery, slots: TimedFrames
) -> None:
    delivery.trigger()
    delivery.start(frame_plan(wait_for_trigger=True), write_number)
    assert delivery.step(slots)
    assert slots.frames == []


def test_stop_ends_the_run_and_a_start_begins_anew(
    delivery: PacedDelivery, slots: TimedFrames
) -> None:
    """B073."""
    assert not delivery.step(slots), "nothing comes before the first start"
    delivery.start(frame_plan(), write_number)
    for _ in range(3):
        delivery.step(slots)
    delivery.stop()
    delivery.stop()
    assert not delivery.step(slots)
    delivery.start(frame_plan(), write_number)
    while delivery.step(slots):
        pass
    assert slots.numbers == [0, 1, 2, *range(10)]


def test_stop_from_another_thread_ends_a_wait_for_a_trigger() -> None:
    delivery, slots = PacedDelivery(1), FrameList(1)
    delivery.start(frame_plan(wait_for_trigger=True), write_number)

    def run() -> None:
        while delivery.step(slots):
            pass

    thread = threading.Thread(target=run)
    thread.start()
    delivery.trigger()
    delivery.stop()
    thread.join(timeout=30)
    assert not thread.is_alive()


def test_frames_of_a_plan_for_another_detector(delivery: PacedDelivery) -> None:
    with pytest.raises(DetectorError, match="planned for 8 modules, but the detector has 1"):
        delivery.start(frame_plan(module_count=8), write_number)


def test_it_tells_what_it_waits_for(delivery: PacedDelivery, slots: TimedFrames) -> None:
    """B145: state, and triggers that have yet to come."""
    assert (delivery.state, delivery.triggers_left) == ("Idle", 0)
    plan = frame_plan(frame_count=6, frames_per_trigger=2, wait_for_trigger=True)
    delivery.start(plan, write_number)
    assert (delivery.state, delivery.triggers_left) == ("Waiting", 3)
    delivery.trigger()
    assert (delivery.state, delivery.triggers_left) == ("Busy", 2)
    delivery.step(slots)
    assert delivery.state == "Busy"
    delivery.step(slots)
    assert (delivery.state, delivery.triggers_left) == ("Waiting", 2)
    for _ in range(3):
        delivery.trigger()
    assert (delivery.state, delivery.triggers_left) == ("Busy", 0)
    while delivery.step(slots):
        pass
    assert (delivery.state, delivery.triggers_left) == ("Idle", 0)
    delivery.start(plan, write_number)
    delivery.stop()
    assert (delivery.state, delivery.triggers_left) == ("Idle", 0)


def test_a_run_without_triggers_waits_for_none(delivery: PacedDelivery) -> None:
    delivery.start(frame_plan(), write_number)
    assert (delivery.state, delivery.triggers_left) == ("Busy", 0)
