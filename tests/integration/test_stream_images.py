"""A run over real sockets, from sink to source."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.ports import Message
from jfjoch.messages.start import StartMessage
from jfjoch.model.zeromq import ZeromqSettings
from jfjoch.stream.pull import ZmqImageSource
from jfjoch.stream.push import ZmqImageSink
from tests.helpers.writer_messages import (
    compressed,
    end_message,
    image_message,
    pixels,
    start_message,
)

PATIENCE_S = 10.0


def settings(sockets: int = 1, **changes: Any) -> ZeromqSettings:
    return ZeromqSettings(image_socket=["tcp://127.0.0.1:*"] * sockets, **changes)


class Writers:
    """Sources for all sockets of a sink."""

    def __init__(self, stack: ExitStack, sink: ZmqImageSink, watermark: int = 100) -> None:
        self.sources = [
            stack.enter_context(ZmqImageSource(address, watermark)) for address in sink.addresses
        ]

    def next(self, number: int = 0) -> Message:
        message = self.sources[number].receive(PATIENCE_S)
        assert message is not None
        return message

    def run(self, number: int = 0) -> list[Message]:
        """Everything up to the end of a run."""
        messages = [self.next(number)]
        while not isinstance(messages[-1], EndMessage):
            messages.append(self.next(number))
        return messages


def ids(messages: list[Message]) -> list[int]:
    return [message.image_id for message in messages if isinstance(message, ImageMessage)]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:*", "ipc://*", "tcp://*:*"])
def test_a_run_arrives_complete_and_in_order(stack: ExitStack, address: str) -> None:
    sink = stack.enter_context(ZmqImageSink(ZeromqSettings(image_socket=[address])))
    writers = Writers(stack, sink)
    start = start_message()
    calibration = CalibrationMessage(
        1, "run one", "pedestal_g0", np.arange(512 * 1024, dtype=np.float32).reshape(512, 1024)
    )
    sink.start(start)
    assert sink.send_calibration(calibration, PATIENCE_S)
    for number in range(20):
        assert sink.send_image(image_message(number, start), PATIENCE_S)
    assert sink.end(end_message(start, 20), PATIENCE_S)

    got_start, got_calibration, *images, end = writers.run()
    assert isinstance(got_start, StartMessage)
    assert isinstance(got_calibration, CalibrationMessage)
    assert got_start.run_name == start.run_name
    np.testing.assert_array_equal(got_calibration.values, calibration.values)
    assert ids(images) == list(range(20))
    assert end == end_message(start, 20)


def test_a_payload_beyond_the_zero_copy_size_arrives_unharmed(stack: ExitStack) -> None:
    sink = stack.enter_context(ZmqImageSink(settings()))
    writers = Writers(stack, sink)
    start = start_message()
    values = np.random.default_rng(0).integers(0, 1000, (1000, 1000), np.int16)
    sink.start(start)
    for number in range(5):
        image = replace(image_message(number, start), image=compressed(values + number, "none"))
        assert sink.send_image(image, PATIENCE_S)
    sink.end(end_message(start, 5), PATIENCE_S)
    for number, message in enumerate(writers.run()[1:-1]):
        assert isinstance(message, ImageMessage)
        arrived = np.frombuffer(message.image.payload, np.int16).reshape(1000, 1000)
        np.testing.assert_array_equal(arrived, values + number)


def test_files_are_dealt_to_the_sockets_in_turn(stack: ExitStack) -> None:
    """Image i belongs to socket (file_number mod n); the first writes the master file."""
    sink = stack.enter_context(ZmqImageSink(settings(3)))
    writers = Writers(stack, sink)
    start = start_message(images_per_file=2)
    sink.start(start)
    sink.send_calibration(CalibrationMessage(1, "x", "pedestal_g1", pixels(0).astype("f4")), 1.0)
    for number in range(10):
        assert sink.send_image(image_message(number, start), PATIENCE_S)
    assert sink.end(end_message(start, 10), PATIENCE_S)

    runs = [writers.run(number) for number in range(3)]
    assert [ids(run) for run in runs] == [[0, 1, 6, 7], [2, 3, 8, 9], [4, 5]]
    plans = [run[0].files for run in runs if isinstance(run[0], StartMessage)]
    assert [plan.socket_number for plan in plans] == [0, 1, 2]
    assert [plan.socket_count for plan in plans] == [3, 3, 3]
    assert [plan.write_master_file for plan in plans] == [True, False, False]
    assert [type(run[1]) for run in runs] == [CalibrationMessage, ImageMessage, ImageMessage]


def test_one_file_for_all_images_means_one_socket_for_all(stack: ExitStack) -> None:
    sink = stack.enter_context(ZmqImageSink(settings(2)))
    writers = Writers(stack, sink)
    start = start_message(images_per_file=0, files={"write_master_file": False})
    sink.start(start)
    for number in range(4):
        assert sink.send_image(image_message(number, start), PATIENCE_S)
    assert sink.end(end_message(start, 4), PATIENCE_S)
    first, second = writers.run(0), writers.run(1)
    assert (ids(first), ids(second)) == ([0, 1, 2, 3], [])
    assert isinstance(first[0], StartMessage)
    assert not first[0].files.write_master_file  # W043: nobody is to write one


def test_a_slow_writer_makes_the_sink_wait_and_loses_nothing(stack: ExitStack) -> None:
    sink = stack.enter_context(ZmqImageSink(settings(send_watermark=2, send_buffer_size=65536)))
    writers = Writers(stack, sink, watermark=2)
    start = start_message()
    payload = compressed(np.zeros((1024, 1024), np.int16), "none")
    image = replace(image_message(0, start), image=payload)
    sink.start(start)
    sent = 0
    while sink.send_image(replace(image, image_id=sent), 0.2):
        sent += 1
        assert sent < 200, "2 MB images have to fill queues and buffers some time"

    refused = replace(image, image_id=sent)
    sender = threading.Thread(target=sink.send_image, args=(refused, PATIENCE_S))
    sender.start()  # waits until there is room
    received = [writers.next() for _ in range(sent + 2)]
    sender.join()
    assert ids(received) == list(range(sent + 1))


def test_the_end_leaves_before_the_sink_is_closed(stack: ExitStack) -> None:
    sink = ZmqImageSink(settings())
    sink.open()
    writers = Writers(stack, sink)
    start = start_message()
    sink.start(start)
    assert sink.end(end_message(start, 0), PATIENCE_S)
    sink.close()
    sink.close()
    assert len(writers.run()) == 2


def test_nothing_comes_of_nothing(stack: ExitStack) -> None:
    sink = stack.enter_context(ZmqImageSink(settings()))
    writers = Writers(stack, sink)
    assert writers.sources[0].receive(0.0) is None
