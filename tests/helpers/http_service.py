"""The HTTP interface on a real port, over a broker in memory."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import httpx
import jfjoch_client

from jfjoch.broker.http.application import create_app
from jfjoch.http.head_limit import HEAD_TIMEOUT_S
from jfjoch.http.server import HttpServer
from tests.helpers.in_memory_broker import InMemoryBroker


@dataclass(frozen=True)
class HttpService:
    """``client`` is the published one, ``http`` sends whatever it is told."""

    broker: InMemoryBroker
    client: jfjoch_client.DefaultApi
    http: httpx.Client
    host: str
    port: int


@contextmanager
def running_http_service(head_timeout_s: float = HEAD_TIMEOUT_S) -> Iterator[HttpService]:
    """Serve until the end of the block."""
    broker = InMemoryBroker()
    with closing(broker.previews), HttpServer("127.0.0.1", 0, head_timeout_s) as server:
        server.start(create_app(broker, {"beamline-daq"}))
        configuration = jfjoch_client.Configuration(host=server.url)
        with (
            jfjoch_client.ApiClient(configuration) as api_client,
            httpx.Client(base_url=server.url, trust_env=False, timeout=30.0) as http,
        ):
            client = jfjoch_client.DefaultApi(api_client)
            yield HttpService(broker, client, http, "127.0.0.1", server.port)
            # urllib3 leaves its connections to the garbage collector.
            api_client.rest_client.pool_manager.clear()
