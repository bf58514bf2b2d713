"""No writer, two writers, writers that go away: every start and every run tells."""

import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest
import zmq

from jfjoch.errors import ConfigurationError, InvalidInput, StreamError, WriterLost, WriterMissing
from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import SampleInfo, StartMessage
from jfjoch.model.zeromq import ZeromqSettings
from jfjoch.stream.image_socket import ImageSocket
from jfjoch.stream.pull import ZmqImageSource
from jfjoch.stream.push import ZmqImageSink
from tests.helpers.service_process import wait_until
from tests.helpers.writer_messages import compressed, end_message, image_message, start_message

PATIENCE_S = 10.0
FIRST, SECOND = start_message(run_number=1), start_message(run_number=2)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


class HastyClock:
    """The real time, but while ``hasty`` each look at it takes a quarter of a second more."""

    def __init__(self) -> None:
        self.hasty = False
        self._skipped_s = 0.0

    def __call__(self) -> float:
        self._skipped_s += 0.25 * self.hasty
        return time.monotonic() + self._skipped_s


def open_sink(
    stack: ExitStack, sockets: int = 1, clock: HastyClock | None = None, watermark: int = 100
) -> ZmqImageSink:
    """A sink on free ports."""
    settings = ZeromqSettings(
        image_socket=["tcp://127.0.0.1:*"] * sockets,
        send_watermark=watermark,
        send_buffer_size=65536,
    )
    return stack.enter_context(ZmqImageSink(settings, clock or time.monotonic))


def writer(stack: ExitStack, address: str) -> ZmqImageSource:
    return stack.enter_context(ZmqImageSource(address))


def refusal(sink: ZmqImageSink) -> str:
    """What the sink has against the start of a run now; empty for nothing.

    A writer may come after the start: then it is the run that fails.
    """
    try:
        try_run(sink, FIRST)
    except (WriterMissing, WriterLost) as error:
        return str(error)
    return ""


def assert_gets_whole_run(source: ZmqImageSource, run_number: int) -> None:
    """The next messages are one image between start and end of that run, and nothing more."""
    messages = [source.receive(PATIENCE_S) for _ in range(3)]
    assert [type(message) for message in messages] == [StartMessage, ImageMessage, EndMessage]
    assert {message.run_number for message in messages if message} == {run_number}
    assert source.receive(0.0) is None


def send_until_lost(sink: ZmqImageSink) -> None:
    """Send images of the first run for as long as the sink takes them."""
    for number in itertools.count():
        sink.send_image(image_message(number, FIRST), 0.01)


def misses_a_writer(sink: ZmqImageSink) -> bool:
    try:
        sink.check_writers()
    except WriterLost:
        return True
    return False


def try_run(sink: ZmqImageSink, start: StartMessage) -> bool:
    """Send a run of one image; whether its end was taken."""
    sink.start(start)
    assert sink.send_image(image_message(0, start), PATIENCE_S)
    return sink.end(end_message(start, 1), PATIENCE_S)


def send_run(sink: ZmqImageSink, start: StartMessage) -> None:
    assert try_run(sink, start)


def test_a_start_without_a_writer_is_refused_and_the_next_one_works(stack: ExitStack) -> None:
    """B190; a writer that comes later gets nothing of the run that did not begin."""
    clock = HastyClock()
    sink = open_sink(stack, clock=clock)
    clock.hasty = True
    with pytest.raises(WriterMissing) as caught:
        sink.start(FIRST)
    assert f"{sink.addresses[0]}: no writer; start jfjoch_writer" in str(caught.value)

    clock.hasty = False
    source = writer(stack, sink.addresses[0])
    send_run(sink, SECOND)
    assert_gets_whole_run(source, 2)


def test_a_writer_may_come_while_the_start_waits(stack: ExitStack) -> None:
    sink = open_sink(stack)
    source = writer(stack, sink.addresses[0])  # connects in the background
    send_run(sink, FIRST)
    assert_gets_whole_run(source, 1)


def test_the_writer_that_is_there_gets_no_start_when_another_is_missing(stack: ExitStack) -> None:
    clock = HastyClock()
    sink = open_sink(stack, sockets=2, clock=clock)
    present = writer(stack, sink.addresses[0])
    clock.hasty = True
    with pytest.raises(WriterMissing) as caught:
        sink.start(FIRST)
    assert sink.addresses[1] in str(caught.value)

    clock.hasty = False
    absent = writer(stack, sink.addresses[1])
    send_run(sink, SECOND)
    assert_gets_whole_run(present, 2)
    assert [type(absent.receive(PATIENCE_S)) for _ in range(2)] == [StartMessage, EndMessage]


def test_a_writer_that_leaves_while_all_are_given_the_start(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other may have its start already; the next run is whole all the same."""
    sink = open_sink(stack, sockets=2)
    first = writer(stack, sink.addresses[0])
    leaving = ZmqImageSource(sink.addresses[1])
    offer = ImageSocket.offer

    def offer_and_leave(self: ImageSocket, message: bytes) -> bool:
        taken = offer(self, message)
        leaving.close()
        wait_until(lambda: misses_a_writer(sink), "the loss of the second writer", PATIENCE_S)
        return taken

    monkeypatch.setattr(ImageSocket, "offer", offer_and_leave)
    with pytest.raises(WriterMissing, match=f"{sink.addresses[1]}: the writer left"):
        sink.start(FIRST)
    monkeypatch.undo()

    second = writer(stack, sink.addresses[1])
    send_run(sink, SECOND)
    message = first.receive(PATIENCE_S)
    if message and message.run_number == FIRST.run_number:
        assert isinstance(message, StartMessage)
        message = first.receive(PATIENCE_S)
    assert isinstance(message, StartMessage)
    assert [type(first.receive(PATIENCE_S)) for _ in range(2)] == [ImageMessage, EndMessage]
    assert [type(second.receive(PATIENCE_S)) for _ in range(2)] == [StartMessage, EndMessage]


def test_a_start_that_a_stuck_writer_does_not_take_costs_the_run_before_nothing(
    stack: ExitStack,
) -> None:
    clock = HastyClock()
    sink = open_sink(stack, clock=clock, watermark=2)
    source = stack.enter_context(ZmqImageSource(sink.addresses[0], watermark=2))
    pixels = compressed(np.zeros((1024, 1024), np.int16), "none")
    image = replace(image_message(0, FIRST), image=pixels)
    sink.start(FIRST)
    sent = sum(itertools.takewhile(bool, (sink.send_image(image, 0.1) for _ in range(200))))
    assert sent < 200, "2 MB images have to fill queues and buffers some time"
    received = [source.receive(PATIENCE_S)]
    while not sink.end(end_message(FIRST, sent), 0.01):
        received.append(source.receive(PATIENCE_S))
    filler = CalibrationMessage(1, "", "pedestal_g0", np.zeros((1024, 1024), np.float32))
    while sink.send_calibration(filler, 1.0):  # whatever the end and the kernel have left free
        pass
    clock.hasty = True
    with pytest.raises(WriterMissing, match="does not take the start"):
        sink.start(SECOND)
    clock.hasty = False
    while not isinstance(received[-1], EndMessage):
        received.append(source.receive(PATIENCE_S))
    assert sum(isinstance(message, ImageMessage) for message in received) == sent


def test_two_writers_on_a_socket_are_refused_until_one_has_gone(stack: ExitStack) -> None:
    sink = open_sink(stack)
    first = writer(stack, sink.addresses[0])
    with ZmqImageSource(sink.addresses[0]):
        refusals = (refusal(sink) for _ in range(100))  # until both have connected
        assert any(f"{sink.addresses[0]}: more than one writer" in text for text in refusals)
        assert "more than one writer" in refusal(sink)
    while first.receive(0.0):  # starts from before the second had connected
        pass
    send_run(sink, SECOND)
    assert_gets_whole_run(first, 2)


def test_a_second_writer_during_a_run_fails_the_run(stack: ExitStack) -> None:
    """Otherwise it would quietly get every other image."""
    sink = open_sink(stack)
    writer(stack, sink.addresses[0])
    sink.start(FIRST)
    writer(stack, sink.addresses[0])
    with pytest.raises(WriterLost, match=r"2 writers on tcp://127.0.0.1:.*another one"):
        send_until_lost(sink)


def test_a_writer_that_goes_away_fails_the_run(stack: ExitStack) -> None:
    sink = open_sink(stack)
    with ZmqImageSource(sink.addresses[0]) as source:
        sink.start(FIRST)
        assert source.receive(PATIENCE_S)
    with pytest.raises(WriterLost) as caught:
        send_until_lost(sink)
    assert sink.addresses[0] in str(caught.value)
    assert not sink.end(end_message(FIRST, 1), 0.1)


def test_a_writer_that_comes_back_does_not_save_the_run(stack: ExitStack) -> None:
    """What was queued for it is gone; only the next run is whole."""
    sink = open_sink(stack)
    with ZmqImageSource(sink.addresses[0]):
        sink.start(FIRST)
    again = writer(stack, sink.addresses[0])
    with pytest.raises(WriterLost, match="has disconnected during the run"):
        send_until_lost(sink)
    assert not sink.end(end_message(FIRST, 1), 0.1)
    while again.receive(0.0):  # images sent before the loss was seen
        pass
    send_run(sink, SECOND)
    assert_gets_whole_run(again, 2)


def test_a_run_without_an_end_leaves_nothing_for_the_next_writer(stack: ExitStack) -> None:
    sink = open_sink(stack)
    addresses = sink.addresses
    with ZmqImageSource(addresses[0]):
        sink.start(FIRST)
        sink.send_image(image_message(0, FIRST), PATIENCE_S)
    fresh = writer(stack, addresses[0])
    send_run(sink, SECOND)
    assert sink.addresses == addresses
    assert_gets_whole_run(fresh, 2)


def test_an_appendix_that_cannot_be_sent_changes_nothing(stack: ExitStack) -> None:
    sink = open_sink(stack)
    source = writer(stack, sink.addresses[0])
    with pytest.raises(InvalidInput, match="header_appendix"):
        sink.start(start_message(sample=SampleInfo(header_appendix=2**70)))
    send_run(sink, SECOND)
    assert_gets_whole_run(source, 2)


def test_an_address_in_use_is_named(stack: ExitStack) -> None:
    taken = open_sink(stack).addresses[0]
    sink = ZmqImageSink(ZeromqSettings(image_socket=["tcp://127.0.0.1:*", taken]))
    with pytest.raises(ConfigurationError, match=f"{taken} can't be bound: Address already in use"):
        sink.open()
    assert sink.addresses == []


def test_no_address_at_all_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="image_socket: expected at least one"):
        ZmqImageSink(ZeromqSettings()).open()


def test_foreign_bytes_do_not_end_the_stream(stack: ExitStack) -> None:
    context = stack.enter_context(zmq.Context())
    push = stack.enter_context(context.socket(zmq.PUSH))
    push.bind("tcp://127.0.0.1:*")
    source = writer(stack, push.getsockopt_string(zmq.LAST_ENDPOINT))
    push.send(b"not CBOR")
    push.send_multipart([b"\xa0", b"\xa0"])
    push.send(b"\xa0")
    for complaint in ("CBOR, byte", "one frame per message, got 2", "message: type is missing"):
        with pytest.raises(StreamError, match=complaint):
            source.receive(PATIENCE_S)
    assert source.receive(0.0) is None
