"""Many waits at a time, and waits whose client goes away (B071)."""

import asyncio
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.helpers.http_service import HttpService, running_http_service

WAITS = 200


@pytest.fixture
def service() -> Iterator[HttpService]:
    with running_http_service() as running:
        yield running


async def until_pending(service: HttpService, count: int) -> None:
    give_up = time.monotonic() + 30
    while service.broker.waits.pending != count:
        assert time.monotonic() < give_up, f"{service.broker.waits.pending} waits, expected {count}"
        await asyncio.sleep(0.01)


async def ask_while_waiting(service: HttpService) -> tuple[list[int], int]:
    url = f"http://{service.host}:{service.port}"
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=url, limits=limits, timeout=60.0, trust_env=False
    ) as client:
        waits = [asyncio.create_task(client.post("/wait_till_done")) for _ in range(WAITS)]
        await until_pending(service, WAITS)
        status = await client.get("/status")
        service.broker.finish("failed_run", "writer lost")
        answers = await asyncio.gather(*waits)
    return [answer.status_code for answer in answers], status.status_code


def test_many_waits_block_nothing_and_all_hear_of_the_failure(service: HttpService) -> None:
    service.broker.initialize()
    waits, status = asyncio.run(ask_while_waiting(service))
    assert status == 200
    assert waits == [500] * WAITS
    service.client.wait_till_done_post()


def test_client_that_goes_away_withdraws_its_wait(service: HttpService) -> None:
    service.broker.initialize()
    request = f"POST /wait_till_done HTTP/1.1\r\nHost: {service.host}\r\n\r\n"
    with socket.create_connection((service.host, service.port)) as client:
        client.sendall(request.encode())
        asyncio.run(until_pending(service, 1))
    asyncio.run(until_pending(service, 0))
    assert service.broker.machine.state == "Busy"
    service.broker.finish("failed_run", "writer lost")
    assert service.http.post("/wait_till_done").json() == {"msg": "writer lost", "reason": "Other"}
    assert service.http.post("/wait_till_done").status_code == 200
