"""Many clients waiting for the same run disturb neither it nor anybody else."""

import http.client
import select
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.configurations import Setup, dataset
from tests.helpers.services import running_broker

WAITS = 200
STATUS_REQUESTS = 50


@pytest.fixture
def client(tmp_path: Path) -> Iterator[BrokerClient]:
    """A broker that waits for triggers in its runs."""
    setup = Setup(module_count=1, detector_settings={"timing": "trigger"})
    with running_broker(setup.configuration(), tmp_path) as broker:
        broker.client.initialize()
        yield broker.client


def _send_wait(url: str, stack: ExitStack) -> http.client.HTTPConnection:
    """Send the request and do not wait for its answer."""
    host, port = url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=60)
    stack.enter_context(closing(connection))
    connection.request("POST", "/wait_till_done?timeout=600")
    return connection


def _answered(connections: list[http.client.HTTPConnection]) -> int:
    sockets = [connection.sock for connection in connections]
    return len(select.select(sockets, [], [], 0)[0])


def _status_of(connection: http.client.HTTPConnection) -> int:
    with connection.getresponse() as answer:
        return answer.status


def test_200_waits_delay_no_status_request(client: BrokerClient) -> None:
    """B068, B071: all are pending while GET /status is answered again and again.

    A tenth of the clients goes away before the end; the others are answered all the same.
    """
    with ExitStack() as stack:
        client.start(dataset("", 5))
        waits = [_send_wait(client.url, stack) for _ in range(WAITS)]
        for _ in range(STATUS_REQUESTS):
            assert client.state() == "Measuring"
        assert _answered(waits) == 0
        gone, staying = waits[: WAITS // 10], waits[WAITS // 10 :]
        for connection in gone:
            connection.close()
        assert client.state() == "Measuring"
        expect_ok(client.post("/trigger"))
        assert [_status_of(connection) for connection in staying] == [200] * len(staying)
        assert client.state() == "Idle"
