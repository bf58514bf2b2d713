"""Many clients waiting for the same run disturb neither it nor anybody else."""

import http.client
import select
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import pytest

from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.configurations import Setup, dataset
from tests.helpers.service_process import wait_until
from tests.helpers.services import running_broker

WAITS = 200
STATUS_REQUESTS = 50
MOST_DELAY = 10.0
"""Of the median answer; a broker that served waits and status in turn would take far longer."""
_ESTABLISHED = "01"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[BrokerClient]:
    """A broker that waits for triggers in its runs."""
    setup = Setup(module_count=1, detector_settings={"timing": "trigger"})
    with running_broker(setup.configuration(), tmp_path) as broker:
        broker.client.initialize()
        yield broker.client


def _send_wait(url: str, stack: ExitStack) -> http.client.HTTPConnection:
    """Send the request and do not wait for its answer."""
    address = urlsplit(url)
    assert address.hostname
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    stack.enter_context(closing(connection))
    connection.request("POST", "/wait_till_done?timeout=600")
    return connection


def _requests_taken(url: str) -> int:
    """Connections of the broker from which it has read everything that was sent to it."""
    port = f":{urlsplit(url).port:04X}"
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(
        local.endswith(port) and state == _ESTABLISHED and int(queues.partition(":")[2], 16) == 0
        for _, local, _, state, queues, *_ in rows
    )


def _answered(connections: list[http.client.HTTPConnection]) -> int:
    sockets = [connection.sock for connection in connections]
    return len(select.select(sockets, [], [], 0)[0])


def _status_of(connection: http.client.HTTPConnection) -> int:
    with connection.getresponse() as answer:
        return answer.status


def _median_answer_s(client: BrokerClient) -> float:
    """How long the broker takes to answer GET /status while it measures."""
    durations_s = []
    for _ in range(STATUS_REQUESTS):
        began = time.perf_counter()
        assert client.state() == "Measuring"
        durations_s.append(time.perf_counter() - began)
    return median(durations_s)


def test_200_waits_delay_no_status_request(client: BrokerClient) -> None:
    """B068, B071: all are pending while GET /status is answered again and again.

    A tenth of the clients goes away before the end; the others are answered all the same.
    """
    with ExitStack() as stack:
        client.start(dataset("", 5))
        without_waits_s = _median_answer_s(client)
        others = _requests_taken(client.url)
        waits = [_send_wait(client.url, stack) for _ in range(WAITS)]
        wait_until(lambda: _requests_taken(client.url) == others + WAITS, "200 requests taken")
        with_waits_s = _median_answer_s(client)
        assert _requests_taken(client.url) == others + WAITS
        assert _answered(waits) == 0
        assert with_waits_s < MOST_DELAY * without_waits_s
        gone, staying = waits[: WAITS // 10], waits[WAITS // 10 :]
        for connection in gone:
            connection.close()
        assert client.state() == "Measuring"
        expect_ok(client.post("/trigger"))
        assert [_status_of(connection) for connection in staying] == [200] * len(staying)
        assert client.state() == "Idle"
