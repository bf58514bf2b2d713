"""Messages once more, over real sockets (W016-W019)."""

import threading
from collections.abc import Iterator

import pytest
import zmq

from jfjoch.errors import ConfigurationError
from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.stream import republish
from jfjoch.stream.cbor.calibration import encode_calibration
from jfjoch.stream.cbor.end import encode_end
from jfjoch.stream.cbor.image import encode_image
from jfjoch.stream.cbor.start_encoder import encode_start
from jfjoch.stream.pull import ZmqImageSource
from jfjoch.stream.republish import ZmqRepublisher
from tests.helpers.writer_messages import end_message, image_message, start_message

_PATIENCE_S = 20.0
START = start_message(10)
PEDESTAL = CalibrationMessage(1, "run one", "pedestal_g0", START.image.pixel_mask.astype("float32"))
MESSAGES = {
    "start": encode_start(START),
    "calibration": encode_calibration(PEDESTAL),
    "image": encode_image(image_message(0, START), START.arm_date),
    "end": encode_end(end_message(START, 1)),
}


class Line:
    """A broker's socket, the writer's source behind it, and a receiver where one is wanted."""

    def __init__(self, watermark: int = 1000) -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._sockets: list[zmq.Socket[bytes]] = []
        self._broker = self._socket(zmq.PUSH)
        port = self._broker.bind_to_random_port("tcp://127.0.0.1")
        self.republisher = ZmqRepublisher("tcp://127.0.0.1:*", watermark)
        self.republisher.open()
        self.source = ZmqImageSource(f"tcp://127.0.0.1:{port}", republisher=self.republisher)

    def _socket(self, kind: int) -> "zmq.Socket[bytes]":
        socket = self.context.socket(kind)
        self._sockets.append(socket)
        socket.linger = 0
        socket.rcvtimeo = int(_PATIENCE_S * 1e3)
        return socket

    def receiver(self) -> "zmq.Socket[bytes]":
        """A program that wants the messages; it is in touch when this returns."""
        socket = self._socket(zmq.PULL)
        socket.connect(self.republisher.address)
        while True:
            self.pass_on(MESSAGES["image"])
            if socket.poll(10):
                break
        while socket.poll(100):
            socket.recv()
        return socket

    def pass_on(self, *messages: bytes) -> None:
        """Send from the broker; the source takes it."""
        for message in messages:
            self._broker.send(message)
            assert self.source.receive(_PATIENCE_S) is not None

    def close(self) -> None:
        self.source.close()
        self.republisher.close()
        for socket in self._sockets:
            socket.close()
        self.context.term()


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.close()


def test_all_messages_come_byte_for_byte(line: Line) -> None:
    """W016: in their order."""
    receiver = line.receiver()
    line.pass_on(*MESSAGES.values())
    assert [receiver.recv() for _ in MESSAGES] == list(MESSAGES.values())


def test_bytes_that_are_no_encoding_of_ours_stay_as_they_are(line: Line) -> None:
    """What came is sent, not what was understood."""
    receiver = line.receiver()
    tagged = b"\xd9\xd9\xf7" + MESSAGES["end"]
    line.pass_on(tagged)
    assert receiver.recv() == tagged


def test_without_a_receiver_everything_is_dropped_and_counted(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    """W017, W018: the source gives its messages all the same."""
    line.pass_on(*MESSAGES.values(), *[MESSAGES["image"]] * 20)
    assert line.republisher.dropped == 24
    assert caplog.text.count("messages are not republished") == 1


def test_images_do_not_wait_for_a_receiver_that_does_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """W017: what does not fit into the queue is dropped; a start is what would wait."""
    monkeypatch.setattr(republish, "PATIENCE_S", 3600.0)
    line = Line(watermark=2)
    try:
        line.receiver()
        large = image_message(0, start_message(1, dtype="int32"), "none")
        message = encode_image(large, START.arm_date)
        dropped = line.republisher.dropped
        while line.republisher.dropped < dropped + 50:
            line.pass_on(message)
    finally:
        line.close()


@pytest.mark.parametrize("kind", ["start", "end"])
def test_start_and_end_wait_for_a_receiver(
    line: Line, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W018: for a moment, here a long one, during which the receiver comes."""
    monkeypatch.setattr(republish, "PATIENCE_S", _PATIENCE_S)
    thread = threading.Thread(target=line.pass_on, args=(MESSAGES[kind],))
    thread.start()
    with line.context.socket(zmq.PULL) as receiver:
        receiver.rcvtimeo = int(_PATIENCE_S * 1e3)
        receiver.connect(line.republisher.address)
        assert receiver.recv() == MESSAGES[kind]
    thread.join()
    assert line.republisher.dropped == 0


def test_a_port_in_use_is_named(line: Line) -> None:
    with pytest.raises(ConfigurationError, match=line.republisher.address):
        ZmqRepublisher(line.republisher.address).open()
