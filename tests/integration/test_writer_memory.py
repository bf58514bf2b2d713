"""A writer whose disk takes nothing: images wait in a bounded number, then at the broker."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import zmq
from h5py._hl.base import phil

from jfjoch.messages.image import CompressedImage, ImageMessage, PixelStatistics
from jfjoch.messages.start import StartMessage
from jfjoch.stream.cbor.end import encode_end
from jfjoch.stream.cbor.image import encode_image
from jfjoch.stream.cbor.start_encoder import encode_start
from jfjoch.stream.pull import ZmqImageSource
from jfjoch.stream.republish import ZmqRepublisher
from jfjoch.writer.options import WriterOptions
from jfjoch.writer.service import WriterService
from tests.helpers.service_process import wait_until
from tests.helpers.writer_bench import CollectedReports
from tests.helpers.writer_messages import end_message, image_format, start_message

WATERMARK = 8
SIDE = 1024
IMAGE_BYTES = 2 * SIDE * SIDE
IMAGES = 64
AT_THE_WRITER = WATERMARK + 2
"""Waiting, arriving, being written."""
REPUBLISHED_WATERMARK = 4
AT_THE_LISTENER = 3
"""Waiting there, arriving, and being sent there."""
AT_THE_SENDER = 3
"""In its queue, being sent, being made."""
KERNEL_IMAGES = 8
"""At most so many lie in the buffers of a connection."""
ELSEWHERE_BYTES = 4 << 20
PATIENCE_MS = 60_000
FULL_MS = 1_000
"""Too short a time would make the test easier to pass, not fail."""


class Writer:
    """A service in a thread of its own."""

    def __init__(self, address: str, root: Path, republisher: ZmqRepublisher | None = None) -> None:
        self.reports = CollectedReports(time.monotonic)
        self._source = ZmqImageSource(address, WATERMARK, republisher)
        self._service = WriterService(
            self._source, root, WriterOptions(), lambda _: self.reports, time.monotonic
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def _work(self) -> None:
        while not self._stop.is_set():
            self._service.step()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._service.close()
        self._source.close()


@pytest.fixture
def sender() -> Iterator[zmq.Socket[bytes]]:
    """The broker's end, which itself keeps one message."""
    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.setsockopt(zmq.SNDHWM, 1)
        socket.setsockopt(zmq.SNDTIMEO, PATIENCE_MS)
        socket.setsockopt(zmq.LINGER, 0)
        socket.bind("tcp://127.0.0.1:*")
        yield socket


@pytest.fixture
def writer(sender: "zmq.Socket[bytes]", tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(sender.getsockopt_string(zmq.LAST_ENDPOINT), tmp_path)
    yield writer
    writer.close()


def own_memory_bytes() -> int:
    """What the process has for itself now."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def large_start() -> StartMessage:
    form = image_format(width=SIDE, height=SIDE, pixel_mask=np.zeros((SIDE, SIDE), np.uint32))
    return start_message(IMAGES, image=form)


def image(number: int, start: StartMessage) -> bytes:
    payload = number.to_bytes(2, "little") * (IMAGE_BYTES // 2)
    message = ImageMessage(
        run_number=start.run_number,
        run_name=start.run_name,
        image_id=number,
        original_image_id=number,
        start_time_ns=0,
        exposure_ns=1,
        image=CompressedImage(payload, "none", "int16", SIDE, SIDE),
        statistics=PixelStatistics(0, 0, 0, 1),
        packets_expected=1,
        packets_received=1,
        receiver_delay=0,
        free_send_buffers=1,
    )
    return encode_image(message, start.arm_date)


def send_until_full(sender: "zmq.Socket[bytes]", start: StartMessage) -> int:
    """Send images until nobody takes any more; how many."""
    for sent in range(IMAGES):
        if sent >= WATERMARK and not sender.poll(FULL_MS, zmq.POLLOUT):
            return sent
        sender.send(image(sent, start))
    return IMAGES


def test_memory_while_the_disk_takes_nothing(sender: "zmq.Socket[bytes]", writer: Writer) -> None:
    """The watermark's number of images, one that arrives and one in work; none is lost.

    HDF5's lock stands for the disk: the writer waits in the middle of storing the first image.
    """
    start = large_start()
    with phil:
        sender.send(encode_start(start))
        wait_until(lambda: bool(writer.reports.reports), "the start to be taken")
        before = own_memory_bytes()
        sent = send_until_full(sender, start)
        grown = own_memory_bytes() - before
    assert WATERMARK <= sent < IMAGES
    assert grown <= (AT_THE_WRITER + AT_THE_SENDER) * IMAGE_BYTES + ELSEWHERE_BYTES
    sender.send(encode_end(end_message(start, sent)))
    wait_until(lambda: bool(writer.reports.ends), "the end report")
    (end,) = writer.reports.ends
    assert (end.ok, end.images_on_disk, end.error) == (True, sent, "")


@pytest.fixture
def republisher() -> Iterator[ZmqRepublisher]:
    with ZmqRepublisher("tcp://127.0.0.1:*", REPUBLISHED_WATERMARK) as republisher:
        yield republisher


@pytest.fixture
def sleeper(republisher: ZmqRepublisher) -> Iterator[zmq.Socket[bytes]]:
    """A receiver of republished messages that reads none of its own accord."""
    with zmq.Context() as context, context.socket(zmq.PULL) as socket:
        socket.setsockopt(zmq.RCVHWM, 1)
        socket.setsockopt(zmq.RCVTIMEO, PATIENCE_MS)
        socket.connect(republisher.address)
        yield socket


def test_memory_while_nobody_reads_what_is_republished(
    sender: "zmq.Socket[bytes]",
    republisher: ZmqRepublisher,
    sleeper: "zmq.Socket[bytes]",
    tmp_path: Path,
) -> None:
    """W017: the watermark's number of images waits, the others are dropped; all are written."""
    writer = Writer(sender.getsockopt_string(zmq.LAST_ENDPOINT), tmp_path, republisher)
    try:
        start = large_start()
        sender.send(encode_start(start))
        sleeper.recv()
        before = own_memory_bytes()
        for number in range(IMAGES):
            sender.send(image(number, start))
        sender.send(encode_end(end_message(start, IMAGES)))
        wait_until(lambda: bool(writer.reports.ends), "the end report")
        grown = own_memory_bytes() - before
    finally:
        writer.close()
    (end,) = writer.reports.ends
    assert (end.ok, end.images_on_disk) == (True, IMAGES)
    waiting = REPUBLISHED_WATERMARK + AT_THE_LISTENER
    assert republisher.dropped >= IMAGES - waiting - KERNEL_IMAGES
    assert grown <= (waiting + AT_THE_WRITER + AT_THE_SENDER) * IMAGE_BYTES + ELSEWHERE_BYTES
