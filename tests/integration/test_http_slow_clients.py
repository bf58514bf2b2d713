"""Clients that take their time over the head of a request, on real connections.

The limit of these tests is short, and nothing is said about when it strikes: only that it does,
and what it leaves alone. Whatever must survive it waits until another client has been cut off.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.helpers.http_service import HttpService, running_http_service

LIMIT_S = 1.0
LONGEST_WAIT_S = 60
GET = b"GET /status HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def service() -> Iterator[HttpService]:
    with running_http_service(head_timeout_s=LIMIT_S) as running:
        yield running


@contextmanager
def connected(service: HttpService) -> Iterator[socket.socket]:
    with socket.create_connection((service.host, service.port)) as connection:
        connection.settimeout(LONGEST_WAIT_S)
        yield connection


def drip_until_cut_off(connection: socket.socket, head: bytes) -> None:
    """Send a head and then, byte by byte, a header that never ends."""
    connection.sendall(head + b"X-Slow: ")
    connection.settimeout(LIMIT_S / 10)
    for _ in range(round(10 * LONGEST_WAIT_S / LIMIT_S)):
        try:
            connection.recv(4096)
            return
        except TimeoutError:
            pass
        except ConnectionError:
            return  # a byte of ours crossed the server's good-bye
        with suppress(ConnectionError):
            connection.send(b"x")
    raise AssertionError("a client that never ends its head is kept")


def wait_until_somebody_is_cut_off(service: HttpService) -> None:
    with connected(service) as other:
        drip_until_cut_off(other, GET)


def answer_until_closed(connection: socket.socket) -> bytes:
    answer = b""
    while more := connection.recv(4096):
        answer += more
    return answer


def assert_cut_off(answer: bytes) -> None:
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer.lower()
    assert b"the head of the request did not come within 1 s" in answer


@pytest.mark.parametrize("head", [b"", b"GE", GET, GET + b"Content-Length: 5\r\n"])
def test_a_head_that_does_not_go_on(service: HttpService, head: bytes) -> None:
    """Also one that does not begin."""
    with connected(service) as connection:
        connection.sendall(head)
        assert_cut_off(answer_until_closed(connection))


def test_a_head_that_never_ends(service: HttpService) -> None:
    """Bytes that come steadily do not help."""
    with connected(service) as connection:
        drip_until_cut_off(connection, GET)


def test_a_second_head_that_does_not_go_on(service: HttpService) -> None:
    """The connection was used well before; every head has its own time."""
    with connected(service) as connection:
        connection.sendall(GET + b"\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        connection.sendall(GET)
        assert b"HTTP/1.1 408 " in answer_until_closed(connection)


def test_bytes_that_are_no_head_are_refused_at_once(service: HttpService) -> None:
    with connected(service) as connection:
        connection.sendall(b"\x16\x03\x01 no HTTP\r\n\r\n")
        assert answer_until_closed(connection).startswith(b"HTTP/1.1 400 ")


def test_a_body_has_more_time(service: HttpService) -> None:
    body = b'{"frame_time_us": 1000}'
    head = b"PUT /config/detector HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with connected(service) as connection:
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body[:5])
        wait_until_somebody_is_cut_off(service)
        connection.sendall(body[5:])
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_an_answer_may_take_its_time(service: HttpService) -> None:
    """B014: as that of wait_till_done does."""
    with connected(service) as connection:
        assert service.http.post("/initialize").status_code == 200
        connection.sendall(b"POST /wait_till_done?timeout=600 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_until_somebody_is_cut_off(service)
        service.broker.finish("completed")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_a_server_that_stops_does_not_wait_for_heads() -> None:
    with running_http_service(head_timeout_s=10 * LONGEST_WAIT_S) as running:
        connection = socket.create_connection((running.host, running.port), LONGEST_WAIT_S)
        connection.sendall(GET)
        assert running.http.get("/status").status_code == 200
    with connection:
        assert connection.recv(4096) == b""
