"""Frames of a source that does not wait: what is lost is counted, and where."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import pytest

from jfjoch.broker.run_operation import RunOperation
from jfjoch.compression.decompression import decompress
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage
from jfjoch.model.zeromq import ZeromqSettings
from jfjoch.receiver.measurement import Measurement
from jfjoch.receiver.run_statistics import RunCounts
from jfjoch.stream.push import ZmqImageSink
from tests.helpers.collecting_sink import CollectingSink
from tests.helpers.impatient_source import ImpatientSource
from tests.helpers.one_module_receiver import (
    QUEUE_LENGTH,
    STORED,
    OneModuleReceiver,
    dataset_settings,
)
from tests.helpers.saved_run import saved_images
from tests.helpers.service_process import wait_until
from tests.helpers.services import running_writer

ENDLESS = 10**9
PATIENCE_S = 60.0


def stopped_clock() -> float:
    """For a receiver that shall have all the time in the world."""
    return 0.0


class Gate:
    """A ``RunObserver`` that keeps the workers from going on until it is opened."""

    def __init__(self) -> None:
        self._open = threading.Event()

    def open(self) -> None:
        self._open.set()

    def run_started(self, start: StartMessage) -> None:
        pass

    def image_finished(self, image: ImageMessage) -> None:
        assert self._open.wait(PATIENCE_S)

    def run_ended(self, end: EndMessage) -> None:
        pass


@contextmanager
def running(measurement: Measurement) -> Iterator[Callable[[], RunCounts]]:
    """Run it beside the block, which gets its counts; at the end it has ended well."""
    measurement.arm()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            measurement.run()
        except BaseException as failure:
            failures.append(failure)
            raise

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield measurement.statistics.snapshot
    except BaseException:
        measurement.cancel()
        raise
    finally:
        thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert failures == []


def test_images_that_find_no_room_are_dropped_and_counted() -> None:
    """B172: a stuck writer does not hold the detector up; each image is sent or dropped."""
    sink = CollectingSink()
    sink.refusals_left = ENDLESS
    setup = OneModuleReceiver(sink, clock=stopped_clock)
    setup.source = source = ImpatientSource(setup.generator, PATIENCE_S)
    with running(setup.measurement(images_per_trigger=40)) as counts:
        wait_until(lambda: counts().images_collected == 40, "all images collected", PATIENCE_S)
        sink.refusals_left = 0
    assert source.lost == []
    sent = [image.image_id for image in sink.images]
    assert QUEUE_LENGTH <= len(sent) <= QUEUE_LENGTH + 1  # one may wait with the sender
    assert counts().images_sent == len(sent)
    assert counts().images_dropped == counts().images_not_sent == 40 - len(sent)
    assert counts().max_image_number == max(sent) + 1
    (end,) = sink.ends
    assert (end.images_collected, end.images_sent) == (40, len(sent))
    assert end.max_image_number == max(sent) + 1


def test_the_user_is_told_what_was_dropped() -> None:
    """B142, B172: the run is over, with a warning."""
    sink = CollectingSink()
    sink.refusals_left = ENDLESS
    setup = OneModuleReceiver(sink, clock=stopped_clock)
    setup.source = ImpatientSource(setup.generator, PATIENCE_S)
    dataset = dataset_settings(images_per_trigger=20)
    measurement = setup.measurement(images_per_trigger=20)
    operation = RunOperation(measurement, dataset, lambda _: None)
    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(operation.run)
        wait_until(lambda: operation.progress() == 1.0, "all images collected", PATIENCE_S)
        sink.refusals_left = 0
    dropped = 20 - len(sink.images)
    assert ending.result().severity == "warning"
    assert f"{dropped} dropped as the writer was too slow" in ending.result().message
    assert measurement.statistics.snapshot().images_sent == len(sink.images)


def test_frames_that_find_no_slot_are_lost_and_counted() -> None:
    """B172: their images leave a gap; the others are right, and the efficiency shows it."""
    sink, gate = CollectingSink(), Gate()
    setup = OneModuleReceiver(sink, clock=stopped_clock, observers=[gate])
    setup.source = source = ImpatientSource(setup.generator)
    measurement = setup.measurement(images_per_trigger=60)
    with running(measurement) as counts:
        wait_until(lambda: len(source.lost) >= 10, "lost frames", PATIENCE_S)
        gate.open()
    lost = set(source.lost)
    assert counts().images_lost == len(lost)
    assert counts().images_collected + len(lost) == 60
    assert counts().efficiency == pytest.approx(1 - len(lost) / 60)
    shown = {image.image_id: int(decompress(image.image)[100, 100]) for image in sink.images}
    assert len(shown) + counts().images_dropped == counts().images_collected
    assert not lost & shown.keys()
    assert shown == {number: number % STORED for number in shown}
    (plotted,) = measurement.plots.binned("image_collection_efficiency", binning=1).plot
    assert plotted.y == [0.0 if number in lost else 1.0 for number in range(60)]


def test_an_image_with_a_lost_frame_is_lost() -> None:
    """Missing pixels are errors, and an error in one frame is one in the sum."""
    sink, gate = CollectingSink(), Gate()
    setup = OneModuleReceiver(sink, clock=stopped_clock, observers=[gate])
    setup.source = source = ImpatientSource(setup.generator)
    with running(setup.measurement(images_per_trigger=30, image_time_us=1500)) as counts:
        wait_until(lambda: len(source.lost) >= 10, "lost frames", PATIENCE_S)
        gate.open()
    lost = {number // 3 for number in source.lost}
    assert counts().images_lost == len(lost)
    assert counts().images_collected + len(lost) == 30
    assert counts().efficiency == pytest.approx(1 - len(source.lost) / 90)
    assert not lost & {image.image_id for image in sink.images}


def test_a_writer_that_stands_still_for_a_while(tmp_path: Path) -> None:
    """B172, over real sockets: dropped images are gaps in the file, which says which are valid."""
    settings = ZeromqSettings(
        image_socket=["tcp://127.0.0.1:*"],
        writer_notification_socket="tcp://127.0.0.1:*",
        send_watermark=2,
        send_buffer_size=65536,
    )
    with (
        ZmqImageSink(settings) as sink,
        running_writer(sink.addresses[0], tmp_path, ["-w2"]) as writer,
    ):
        setup = OneModuleReceiver(sink, clock=stopped_clock)
        setup.source = ImpatientSource(setup.generator, PATIENCE_S)
        measurement = setup.measurement(
            images_per_trigger=100, images_per_file=30, compression="none"
        )
        with running(measurement) as counts:
            writer.pause()
            try:
                wait_until(
                    lambda: counts().images_collected == 100, "all images collected", PATIENCE_S
                )
            finally:
                writer.resume()
    assert counts().images_dropped > 0
    assert counts().images_sent + counts().images_dropped == 100
    assert counts().images_written == counts().images_sent
    with h5py.File(tmp_path / "run_master.h5") as file:
        valid = file["/entry/image/valid"][()].astype(bool)
    images = saved_images(tmp_path / "run_master.h5")
    assert len(images) == len(valid) == counts().max_image_number
    assert valid.sum() == counts().images_sent
    numbers = np.flatnonzero(valid)
    np.testing.assert_array_equal(images[numbers, 100, 100], numbers % STORED)
    assert np.all(images[~valid] == np.iinfo(images.dtype).min)
