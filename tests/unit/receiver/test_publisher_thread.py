"""The thread of a publisher."""

import threading

import pytest

from jfjoch.errors import InvalidInput
from jfjoch.receiver.publisher_thread import PublisherThread


class Pieces:
    """Work of three pieces, of which the second can't be done."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.threads: set[str] = set()
        self._left = [1, 2, 3]

    def step(self, timeout_s: float) -> bool:
        self.threads.add(threading.current_thread().name)
        if not self._left:
            return False
        piece = self._left.pop(0)
        if piece == 2:
            raise InvalidInput("not this one")
        self.done.append(piece)
        return True


def test_a_piece_that_fails_is_told_and_the_others_are_done(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Stopped at once, it still does what is there to do."""
    work = Pieces()
    thread = PublisherThread("preview stream", work)
    thread.start()
    thread.stop()
    assert work.done == [1, 3]
    assert work.threads == {"preview stream"}
    assert caplog.messages == ["preview stream: not this one"]
