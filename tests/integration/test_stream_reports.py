"""The way back, over real sockets."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import zmq

from jfjoch.errors import ConfigurationError
from jfjoch.messages.start import StartMessage
from jfjoch.messages.writer_report import WriterReport
from jfjoch.model.zeromq import ZeromqSettings
from jfjoch.stream.addresses import reachable_address
from jfjoch.stream.pull import ZmqImageSource
from jfjoch.stream.push import ZmqImageSink
from jfjoch.stream.report_push import ZmqReportSink
from tests.helpers.writer_messages import start_message

PATIENCE_S = 10.0
PROGRESS = WriterReport("progress", 1, "run one", 0, 20, 10, 2**40, True)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def open_sink(stack: ExitStack, reports: str | None = "tcp://*:*") -> ZmqImageSink:
    settings = ZeromqSettings(
        image_socket=["tcp://127.0.0.1:*"], writer_notification_socket=reports
    )
    return stack.enter_context(ZmqImageSink(settings))


def wait_for_reports(sink: ZmqImageSink, count: int) -> list[WriterReport]:
    reports: list[WriterReport] = []
    while len(reports) < count:
        reports += sink.reports()
    return reports


def test_a_writer_reports_where_the_start_told_it_to(stack: ExitStack) -> None:
    """B190: a port "*" is announced as the real one."""
    sink = open_sink(stack)
    source = stack.enter_context(ZmqImageSource(sink.addresses[0]))
    sink.start(start_message())
    start = source.receive(PATIENCE_S)
    assert isinstance(start, StartMessage)
    announced = start.files.writer_notification_address
    assert announced == sink.report_address
    assert announced.startswith("tcp://0.0.0.0:")

    with ZmqReportSink(reachable_address(announced, sink.addresses[0])) as line:
        line.send(PROGRESS)  # closing waits for it to leave
    assert wait_for_reports(sink, 1) == [PROGRESS]
    assert sink.reports() == []


def test_without_a_socket_there_are_no_reports(stack: ExitStack) -> None:
    sink = open_sink(stack, reports=None)
    source = stack.enter_context(ZmqImageSource(sink.addresses[0]))
    assert not sink.reports_configured
    assert sink.reports() == []
    sink.start(start_message())
    start = source.receive(PATIENCE_S)
    assert isinstance(start, StartMessage)
    assert start.files.writer_notification_address == ""


def test_bad_reports_are_counted_logged_and_survived(
    stack: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    sink = open_sink(stack, "tcp://127.0.0.1:*")
    context = stack.enter_context(zmq.Context())
    push = stack.enter_context(context.socket(zmq.PUSH))
    push.connect(sink.report_address)
    for junk in (b"", b"\xff", b"[]", b"null", b'{"type": "progress"}'):
        push.send(junk)
    line = stack.enter_context(ZmqReportSink(sink.report_address))
    line.send(PROGRESS)
    reports: list[WriterReport] = []
    while not reports or not caplog.messages:
        reports += sink.reports()
    assert reports == [PROGRESS]
    assert len(caplog.messages) == 1
    assert "writer report: JSON: " in caplog.messages[0]


def test_reports_nobody_reads_are_dropped_without_waiting() -> None:
    with ZmqReportSink("tcp://127.0.0.1:9") as line:
        for _ in range(2000):
            line.send(PROGRESS)


def test_a_notification_address_in_use_is_named(stack: ExitStack) -> None:
    taken = open_sink(stack).addresses[0]
    with pytest.raises(ConfigurationError, match=f"{taken} can't be bound"):
        open_sink(stack, taken)
