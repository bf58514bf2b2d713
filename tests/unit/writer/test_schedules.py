"""When to flush."""

from jfjoch.writer.flush_schedule import FlushSchedule


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_nothing_new_is_never_due() -> None:
    clock = Clock()
    schedule = FlushSchedule(clock)
    clock.now_s += 1000
    assert not schedule.due()


def test_due_after_ten_images() -> None:
    schedule = FlushSchedule(Clock())
    for _ in range(9):
        schedule.note_image()
        assert not schedule.due()
    schedule.note_image()
    assert schedule.due()
    schedule.restart()
    assert not schedule.due()


def test_due_half_a_second_after_the_last_time() -> None:
    clock = Clock()
    schedule = FlushSchedule(clock)
    schedule.note_image()
    clock.now_s += 0.49
    assert not schedule.due()
    clock.now_s += 0.02
    assert schedule.due()
