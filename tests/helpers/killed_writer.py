"""A writer that is killed in the middle of a run, and what it leaves."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  (registers the filters images are compressed with)
import numpy as np
import zmq

from jfjoch.errors import WriterLost
from jfjoch.messages.start import StartMessage
from jfjoch.model.zeromq import ZeromqSettings
from jfjoch.stream.push import ZmqImageSink
from jfjoch.writer.recovery import recover
from tests.helpers.cbor_tags import decode
from tests.helpers.ports import free_tcp_port
from tests.helpers.services import running_writer
from tests.helpers.writer_messages import image_message, pixels, start_message

RUN_IMAGES = 10_000
LARGEST_LOSS = 10
"""Images received and not on disk; they come so fast that half a second is no matter."""


@dataclass(frozen=True)
class Kill:
    """What was known when the writer had died, and what was found afterwards."""

    images_reported: int
    images_received: int
    """At least so many: those that it had passed on to somebody who counts."""
    images_on_disk: int


def kill_writer(directory: Path, seed: int) -> Kill:
    """Let a writer work, ``kill -9`` it at a random moment, recover, check every image."""
    rng = random.Random(seed)
    start = start_message(RUN_IMAGES, "a/run", images_per_file=rng.choice([7, 23, 200, 0]))
    settings = ZeromqSettings(
        image_socket=["tcp://127.0.0.1:*"],
        writer_notification_socket="tcp://127.0.0.1:*",
        send_watermark=20,
    )
    port = free_tcp_port()
    with (
        ZmqImageSink(settings) as sink,
        _counter(port) as counter,
        running_writer(sink.addresses[0], directory, [f"-r{port}"]) as writer,
    ):
        counter.wait_for_first(sink)
        sink.start(start)
        reported = _feed(sink, start, rng.randrange(1, 400))
        writer.kill()
        received = counter.images(start.run_number)
    findings = list(recover(directory))
    assert all(finding.text for finding in findings)
    return Kill(reported, received, _check(directory / "a", start))


class _Counter:
    """Counts the images that a writer passes on as soon as it has received them."""

    def __init__(self, socket: "zmq.Socket[bytes]") -> None:
        self._socket = socket

    def wait_for_first(self, sink: ZmqImageSink) -> None:
        """Return when republished messages arrive: a refused run is sent until one does."""
        number = 100
        while not self._socket.poll(20):
            number += 1
            sink.start(start_message(1, "..", run_number=number))

    def images(self, run_number: int) -> int:
        """Return how many images of a run have come; nothing more will."""
        count = 0
        while self._socket.poll(200):
            message = decode(self._socket.recv())
            count += message["type"] == "image" and message["series_id"] == run_number
        return count


@contextmanager
def _counter(port: int) -> Iterator[_Counter]:
    with zmq.Context() as context, context.socket(zmq.PULL) as socket:
        socket.rcvhwm = 0
        socket.linger = 0
        socket.connect(f"tcp://127.0.0.1:{port}")
        yield _Counter(socket)


def _feed(sink: ZmqImageSink, start: StartMessage, count: int) -> int:
    """Send images and return how many the writer has said to be on disk."""
    reported = 0
    for image_id in range(count):
        try:
            assert sink.send_image(image_message(image_id, start), timeout_s=30)
        except WriterLost as error:
            raise AssertionError("the writer died before it was killed") from error
        for report in sink.reports():
            if report.run_number == start.run_number:
                reported = max(reported, report.images_on_disk)
    return reported


def _check(directory: Path, start: StartMessage) -> int:
    """Open every data file and compare every image with what was sent; how many there are."""
    per_file = start.files.images_per_file or start.number_of_images
    count = 0
    for path in sorted(directory.glob("*.h5*")):
        with h5py.File(path) as file:
            if "_data_" not in path.name:
                continue
            assert path.suffix == ".h5", f"{path} is not finished"
            first = (int(path.stem[-6:]) - 1) * per_file
            for index in np.flatnonzero(file["/entry/image/valid"][()]):
                image = file["/entry/data/data"][index]
                np.testing.assert_array_equal(image, pixels(first + int(index)))
                count += 1
    return count
