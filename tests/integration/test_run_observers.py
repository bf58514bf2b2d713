"""Who is shown the images of a run: when, which, and also when the run does not end well."""

import threading

import pytest

from jfjoch.errors import WriterLost, WriterMissing
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage
from jfjoch.receiver.measurement import Measurement
from tests.helpers.collecting_sink import CollectingSink
from tests.helpers.one_module_receiver import OneModuleReceiver

ENDLESS = 1_000_000


class Witness:
    """Implements ``RunObserver``: keeps what it is told, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.seen: list[StartMessage | ImageMessage | EndMessage] = []

    def run_started(self, start: StartMessage) -> None:
        self._keep(start)

    def image_finished(self, image: ImageMessage) -> None:
        self._keep(image)

    def run_ended(self, end: EndMessage) -> None:
        self._keep(end)

    def _keep(self, message: StartMessage | ImageMessage | EndMessage) -> None:
        with self._lock:
            self.seen.append(message)

    @property
    def images(self) -> list[ImageMessage]:
        return [message for message in self.seen if isinstance(message, ImageMessage)]

    def check_order(self) -> None:
        """A start, images only, an end."""
        kinds = [type(message) for message in self.seen]
        assert kinds == [StartMessage, *[ImageMessage] * (len(kinds) - 2), EndMessage]


class Watched(OneModuleReceiver):
    """Two observers besides the sink."""

    def __init__(self) -> None:
        self.sink = CollectingSink()
        self.observers = Witness(), Witness()
        super().__init__(self.sink, observers=self.observers)


def complete(measurement: Measurement) -> None:
    measurement.arm()
    measurement.run()


@pytest.mark.parametrize("prefix", ["run", ""])
def test_every_observer_sees_every_image(prefix: str) -> None:
    """Saved or not; the very messages that are sent."""
    watched = Watched()
    measurement = watched.measurement(images_per_trigger=30, file_prefix=prefix)
    complete(measurement)
    for observer in watched.observers:
        observer.check_order()
        assert sorted(image.image_id for image in observer.images) == list(range(30))
        assert {id(image) for image in observer.images} == {id(m) for m in watched.sink.images}
        assert isinstance(observer.seen[-1], EndMessage)
        assert observer.seen[-1].images_collected == 30
        assert not observer.seen[-1].cancelled
    assert measurement.plots.binned("spot_count").plot[0].x == list(range(30))
    assert measurement.plots.binned("error_pixel").plot[0].x == list(range(30))


def test_observers_of_a_run_that_fails() -> None:
    """The end comes after the last image; images that could not be sent are shown too."""
    watched = Watched()
    watched.sink.lost_after = 3
    measurement = watched.measurement(images_per_trigger=ENDLESS)
    with pytest.raises(WriterLost):
        complete(measurement)
    collected = measurement.statistics.snapshot().images_collected
    for observer in watched.observers:
        observer.check_order()
        assert len(observer.images) == collected
    assert measurement.plots.binned("error_pixel", 1).plot[0].x == list(range(collected))


def test_observers_of_a_run_that_is_cancelled() -> None:
    """B074: images in work when it is cancelled are shown before the end."""
    watched = Watched()
    measurement = watched.measurement(images_per_trigger=ENDLESS)
    measurement.arm()
    runner = threading.Thread(target=measurement.run)
    runner.start()
    while len(watched.observers[0].images) < 5:
        runner.join(0.001)
        assert runner.is_alive()
    measurement.cancel()
    runner.join(60.0)
    assert not runner.is_alive()
    for observer in watched.observers:
        observer.check_order()
        assert len(observer.images) == len(watched.sink.images)
        assert isinstance(observer.seen[-1], EndMessage)
        assert observer.seen[-1].cancelled


def test_a_run_that_is_cancelled_before_its_first_image() -> None:
    watched = Watched()
    measurement = watched.measurement(images_per_trigger=ENDLESS)
    measurement.arm()
    measurement.cancel()
    measurement.run()
    for observer in watched.observers:
        observer.check_order()


def test_a_start_that_is_refused_is_not_told() -> None:
    """Observers keep what they know of the run before."""
    watched = Watched()
    watched.sink.writer_present = False
    with pytest.raises(WriterMissing):
        watched.measurement().arm()
    assert [observer.seen for observer in watched.observers] == [[], []]
