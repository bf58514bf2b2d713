"""Hosts, origins and sizes that are refused before an operation sees them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from jfjoch.errors import OperationFailed
from jfjoch.http.body_limit import BodyLimit
from jfjoch.http.request_limit import RequestLimit
from jfjoch.http.server import HttpServer
from tests.helpers.http_service import HttpService, running_http_service
from tests.helpers.in_memory_broker import RAW_BYTES

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def service() -> Iterator[HttpService]:
    with running_http_service() as running:
        yield running


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:5232", 200),
        ("127.0.0.1:5232", 200),
        ("10.1.2.3", 200),
        ("[::1]:5232", 200),
        ("beamline-daq:5232", 200),
        ("Beamline-DAQ", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("[::1", 403),
        ("", 403),
    ],
)
def test_host(service: HttpService, host: str, status: int) -> None:
    assert service.http.get("/status", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:5232", 200),
        ("https://localhost:5232", 200),
        ("http://localhost", 403),
        ("http://localhost:9000", 403),
        ("http://evil.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_origin(service: HttpService, origin: str, status: int) -> None:
    headers = {"Host": "localhost:5232", "Origin": origin}
    answer = service.http.post("/cancel", headers=headers)
    assert answer.status_code == status


def parts(total: int) -> Iterator[bytes]:
    """A body whose size is not said beforehand (chunked)."""
    for start in range(0, total, MIB):
        yield bytes(min(MIB, total - start))


def answer_to_head(service: HttpService, head: str, body: bytes = b"") -> bytes:
    """Send the head of a request, and a body that may not be all of it."""
    with socket.create_connection((service.host, service.port)) as connection:
        connection.settimeout(20)
        connection.sendall(head.encode() + body)
        return connection.recv(4096)


def test_declared_size_is_refused_before_it_comes(service: HttpService) -> None:
    head = "PUT {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n"
    upload = "/config/internal_generator_image"
    for path, size in (("/config/detector", MIB + 1), ("/start", 10**30), (upload, 80 * MIB + 1)):
        answer = answer_to_head(service, head.format(path, size))
        assert answer.startswith((b"HTTP/1.1 413", b"HTTP/1.1 400"))
        assert b"connection: close" in answer.lower()


def test_chunked_body_is_counted(service: HttpService) -> None:
    head = (
        "PUT /config/detector HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"%x\r\n%s\r\n" % (MIB, b" " * MIB)
    assert answer_to_head(service, head, chunk + b"1\r\n \r\n").startswith(b"HTTP/1.1 413")


def test_largest_bodies_pass(service: HttpService) -> None:
    headers = {"Content-Type": "application/json"}
    spaces = b'{"frame_time_us": 1000' + b" " * (MIB - 23) + b"}"
    assert len(spaces) == MIB
    answer = service.http.put("/config/detector", content=spaces, headers=headers)
    assert answer.status_code == 200
    service.broker.become_idle()
    url = "/config/internal_generator_image"
    assert "got 83886080" in service.http.put(url, content=parts(80 * MIB)).text
    assert service.http.put(url, content=parts(RAW_BYTES)).status_code == 200


@pytest.mark.parametrize("path", ["/config/user_mask", "/config/user_mask.tiff"])
def test_masks_of_large_detectors_pass(service: HttpService, path: str) -> None:
    """16M pixels of 4 bytes reach the broker, which says what is wrong with them."""
    service.broker.become_idle()
    answer = service.http.put(path, content=parts(4144 * 4364 * 4))
    assert (answer.status_code, answer.json()["reason"]) == (500, "Other")


async def answer_ok(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("ok")(scope, receive, send)


def test_body_that_does_not_come() -> None:
    async def ask() -> httpx.Response:
        app = BodyLimit(answer_ok, {}, timeout_s=0.01)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:

            async def never() -> AsyncIterator[bytes]:
                await asyncio.Event().wait()
                yield b""

            return await client.post("/start", content=never())

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.text) == (408, "the body did not come within 0.01 s")


def test_too_many_requests_at_a_time() -> None:
    async def scenario() -> list[int]:
        go_on = asyncio.Event()
        entered = asyncio.Semaphore(0)

        async def wait(scope: Scope, receive: Receive, send: Send) -> None:
            entered.release()
            await go_on.wait()
            await answer_ok(scope, receive, send)

        transport = httpx.ASGITransport(RequestLimit(wait, limit=2))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            served = [asyncio.create_task(client.get("/")) for _ in range(2)]
            for _ in served:
                await entered.acquire()
            refused = await client.get("/")
            go_on.set()
            answers = await asyncio.gather(*served)
            again = await client.get("/")
        return [refused.status_code, *(a.status_code for a in answers), again.status_code]

    assert asyncio.run(scenario()) == [429, 200, 200, 200]


def test_port_in_use_is_named(service: HttpService) -> None:
    with pytest.raises(OperationFailed, match=f"127.0.0.1:{service.port}"):
        HttpServer(service.host, service.port)


def test_host_that_is_none() -> None:
    with pytest.raises(OperationFailed, match=r"no-such-host\.invalid:5232"):
        HttpServer("no-such-host.invalid", 5232)


def test_server_that_was_never_started_stops() -> None:
    server = HttpServer("127.0.0.1", 0)
    server.stop()
    server.stop()
    assert not server.running
