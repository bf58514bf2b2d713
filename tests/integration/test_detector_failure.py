"""A detector that fails while a run is on: what came before it is kept."""

import pytest

from jfjoch.detector.base import FrameSlots, FrameSource
from jfjoch.errors import DetectorError
from jfjoch.model.plan import FramePlan
from tests.helpers.collecting_sink import CollectingSink
from tests.helpers.one_module_receiver import OneModuleReceiver


class FailingSource:
    """Passes on the frames of another source until the detector fails."""

    waits = True

    def __init__(self, source: FrameSource, frames: int) -> None:
        self._source = source
        self._left = frames
        self.stopped = False

    def start(self, plan: FramePlan) -> None:
        self._source.start(plan)

    def begin(self) -> None:
        self._source.begin()

    def step(self, slots: FrameSlots) -> bool:
        if self._left == 0:
            raise DetectorError("board 1 is in error")
        self._left -= 1
        return self._source.step(slots)

    def trigger(self) -> None:
        self._source.trigger()

    def stop(self) -> None:
        self.stopped = True
        self._source.stop()


def test_images_that_came_before_are_sent_and_the_run_is_ended_properly() -> None:
    sink = CollectingSink()
    receiver = OneModuleReceiver(sink)
    source = FailingSource(receiver.generator, 100)
    receiver.source = source
    measurement = receiver.measurement(images_per_trigger=10_000)
    measurement.arm()
    with pytest.raises(DetectorError, match="board 1 is in error"):
        measurement.run()
    collected = len(sink.images)
    assert 0 < collected <= 100
    assert sorted(image.image_id for image in sink.images) == list(range(collected))
    counts = measurement.statistics.snapshot()
    assert (counts.images_collected, counts.images_not_sent) == (collected, 0)
    assert [end.images_sent for end in sink.ends] == [collected]
    assert source.stopped
