"""Slots between a source and workers."""

import threading

import numpy as np
import pytest

from jfjoch.detector.base import FrameInfo
from jfjoch.receiver.frame_buffer import FrameBuffer

FRAME_BYTES = 512 * 1024 * 2


def info(number: int) -> FrameInfo:
    return FrameInfo(number, packets_expected=128, packets_received=128)


def filled(buffer: FrameBuffer, number: int, value: int) -> None:
    frame = buffer.claim(number, 0.0)
    assert frame is not None
    frame[:] = value
    buffer.publish(info(number))


def test_budget_decides_the_number_of_slots() -> None:
    assert FrameBuffer(2, 10 * FRAME_BYTES).slot_count == 5
    assert FrameBuffer(2, 1).slot_count == 2


@pytest.mark.parametrize(("dtype", "slots"), [("uint8", 10), ("uint16", 5), ("uint32", 2)])
def test_type_of_the_frames_decides_the_number_of_slots(dtype: str, slots: int) -> None:
    buffer = FrameBuffer(2, 10 * FRAME_BYTES)
    buffer.reopen(dtype)
    assert buffer.slot_count == slots
    frames = [buffer.claim(number, 0.0) for number in range(slots)]
    assert buffer.claim(slots, 0.0) is None
    for number, frame in enumerate(frames):
        assert frame is not None
        assert (frame.shape, frame.dtype) == ((2, 512, 1024), dtype)
        frame[:] = number
    assert [frame.max() for frame in frames if frame is not None] == list(range(slots))


def test_there_are_always_two_slots() -> None:
    buffer = FrameBuffer(1, 1)
    buffer.reopen("uint32")
    assert buffer.slot_count == 2


def test_frames_are_taken_by_number() -> None:
    buffer = FrameBuffer(1, 4 * FRAME_BYTES)
    filled(buffer, 1, 11)
    filled(buffer, 0, 10)
    for number in (0, 1):
        taken = buffer.take(number, 0.0)
        assert taken is not None
        assert taken[0].number == number
        assert np.all(taken[1] == 10 + number)
        buffer.release(number)
    assert buffer.newest_frame == 1


def test_full_buffer_gives_no_slot_until_one_is_released() -> None:
    buffer = FrameBuffer(1, 2 * FRAME_BYTES)
    filled(buffer, 0, 0)
    filled(buffer, 1, 0)
    assert buffer.claim(2, 0.0) is None
    assert buffer.take(0, 0.0) is not None
    assert buffer.claim(2, 0.0) is None, "a taken frame is still in its slot"
    buffer.release(0)
    assert buffer.claim(2, 0.0) is not None


def test_claiming_twice_gives_the_same_slot() -> None:
    buffer = FrameBuffer(1, 2 * FRAME_BYTES)
    first = buffer.claim(5, 0.0)
    again = buffer.claim(5, 0.0)
    assert first is not None
    assert again is not None
    assert np.shares_memory(first, again)


def test_close_ends_waiting_but_keeps_what_was_published() -> None:
    buffer = FrameBuffer(1, 2 * FRAME_BYTES)
    filled(buffer, 0, 3)
    waiting = threading.Thread(target=buffer.take, args=(1, 60.0))
    waiting.start()
    buffer.close()
    waiting.join(30.0)
    assert not waiting.is_alive()
    assert buffer.will_come(0)
    assert not buffer.will_come(1)
    assert buffer.take(0, 0.0) is not None


def test_reopened_buffer_is_empty() -> None:
    buffer = FrameBuffer(1, 2 * FRAME_BYTES)
    filled(buffer, 0, 3)
    filled(buffer, 1, 3)
    buffer.close()
    buffer.reopen()
    assert buffer.will_come(0)
    assert buffer.take(0, 0.0) is None
    assert buffer.newest_frame == -1
    assert buffer.claim(0, 0.0) is not None


def test_a_lost_frame_is_told_once_and_holds_no_slot() -> None:
    """Nobody waits for it; the slot claimed for it is free again."""
    buffer = FrameBuffer(1, 2 * FRAME_BYTES)
    filled(buffer, 0, 3)
    assert buffer.claim(1, 0.0) is not None
    buffer.lose(FrameInfo(1, packets_expected=128, packets_received=0))
    buffer.lose(FrameInfo(2, packets_expected=128, packets_received=0))
    assert buffer.newest_frame == 2
    assert buffer.claim(3, 0.0) is not None
    buffer.close()
    for number in (1, 2):
        assert buffer.will_come(number)
        taken = buffer.take(number, 60.0)
        assert taken is not None
        info, frame = taken
        assert (info.number, info.is_lost, frame) == (number, True, None)
        assert not buffer.will_come(number)
    assert not info_of(buffer, 0).is_lost


def info_of(buffer: FrameBuffer, number: int) -> FrameInfo:
    taken = buffer.take(number, 0.0)
    assert taken is not None
    return taken[0]


def test_losing_a_frame_ends_the_wait_for_it() -> None:
    buffer = FrameBuffer(1, 2 * FRAME_BYTES)
    taken = []
    waiting = threading.Thread(target=lambda: taken.append(buffer.take(0, 60.0)))
    waiting.start()
    buffer.lose(FrameInfo(0, packets_expected=128, packets_received=0))
    waiting.join(30.0)
    assert len(taken) == 1


def test_a_reopened_buffer_has_lost_nothing() -> None:
    buffer = FrameBuffer(1, 2 * FRAME_BYTES)
    buffer.lose(FrameInfo(0, packets_expected=128, packets_received=0))
    buffer.reopen()
    assert buffer.take(0, 0.0) is None
