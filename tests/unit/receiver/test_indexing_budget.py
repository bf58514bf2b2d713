"""For which images there is time to look for a lattice."""

import pytest

from jfjoch.detector.base import FrameInfo
from jfjoch.receiver.frame_buffer import FrameBuffer
from jfjoch.receiver.indexing_budget import IndexingBudget

FRAME_BYTES = 512 * 1024 * 2


def buffer_with(waiting: int) -> FrameBuffer:
    """8 slots, so many of them taken by frames."""
    frames = FrameBuffer(1, 8 * FRAME_BYTES)
    for number in range(waiting):
        assert frames.claim(number, 0) is not None
        frames.publish(FrameInfo(number=number, packets_expected=1, packets_received=1))
    return frames


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize("waiting", [0, 4])
def test_every_image_while_there_is_room(waiting: int, waits: bool) -> None:
    budget = IndexingBudget(buffer_with(waiting), waits)
    assert [budget.allows() for _ in range(9)] == [True] * 9


def test_a_source_that_waits_gets_every_fourth_image_searched() -> None:
    budget = IndexingBudget(buffer_with(5), source_waits=True)
    assert [budget.allows() for _ in range(9)] == [True, False, False, False] * 2 + [True]


def test_a_source_that_loses_frames_comes_first() -> None:
    frames = buffer_with(5)
    budget = IndexingBudget(frames, source_waits=False)
    assert not any(budget.allows() for _ in range(9))
    frames.release(0)
    assert budget.allows()
