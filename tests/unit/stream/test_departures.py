"""A writer notices that its broker has gone, on real sockets."""

from collections.abc import Iterator

import pytest
import zmq

from jfjoch.stream.pull import ZmqImageSource
from tests.helpers.ports import free_tcp_port
from tests.helpers.service_process import wait_until


@pytest.fixture
def context() -> Iterator["zmq.Context[zmq.Socket[bytes]]"]:
    context = zmq.Context()
    yield context
    context.term()


def test_each_time_the_broker_goes_is_counted(context: "zmq.Context[zmq.Socket[bytes]]") -> None:
    """Also when it comes back; nobody there from the beginning is no departure."""
    address = f"tcp://127.0.0.1:{free_tcp_port()}"
    source = ZmqImageSource(address)
    for times in range(3):
        assert source.departures == times
        push = context.socket(zmq.PUSH)
        push.bind(address)
        assert push.poll(10_000, zmq.POLLOUT), "the writer does not connect"
        assert source.departures == times
        push.close(0)
        wait_until(lambda: source.departures > times, "the departure", 10)  # noqa: B023
    source.close()
    source.close()
