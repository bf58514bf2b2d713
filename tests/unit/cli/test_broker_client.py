import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from jfjoch.cli.broker_client import BrokerClient, BrokerUnreachable, RequestRefused
from jfjoch.model.dataset import DatasetSettings

DATASET = DatasetSettings(
    beam_x_pxl=1.0, beam_y_pxl=2.0, detector_distance_mm=150.0, incident_energy_keV=12.4
)


class Answering(BaseHTTPRequestHandler):
    """Gives the server's one answer to everything, and keeps what was asked."""

    server: "AnsweringServer"

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        self.server.asked.append((f"{self.command} {self.path}", self.rfile.read(length)))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_POST = do_GET  # noqa: N815 (the name http.server looks for)
    do_PUT = do_GET  # noqa: N815

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


class AnsweringServer(HTTPServer):
    """A server with one answer."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.status = status
        self.body = body
        self.asked: list[tuple[str, bytes]] = []


@contextmanager
def answering(status: int, body: bytes) -> Iterator[tuple[BrokerClient, AnsweringServer]]:
    with AnsweringServer(status, body) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield BrokerClient("127.0.0.1", server.server_port), server
        finally:
            server.shutdown()
            thread.join()


def test_status_and_statistics_are_read() -> None:
    with answering(200, b'{"state": "Measuring", "progress": 0.5}') as (client, server):
        assert client.status().progress == 0.5
    with answering(200, b'{"images_sent": 7}') as (client, server):
        assert client.statistics().images_sent == 7
        assert server.asked == [("GET /statistics/data_collection", b"")]


def test_a_run_is_started_with_the_settings_as_json() -> None:
    with answering(200, b"") as (client, server):
        client.start(DATASET)
    ((request, body),) = server.asked
    assert request == "POST /start"
    assert DatasetSettings.model_validate_json(body) == DATASET


@pytest.mark.parametrize(
    ("status", "body", "explanation"),
    [
        (500, b'{"msg": "not now", "reason": "WrongDAQState"}', "POST /start: 500 not now"),
        (400, b"beam_x_pxl: missing", "POST /start: 400 beam_x_pxl: missing"),
        (404, b"", "POST /start: 404"),
        (500, b"[1]", r"POST /start: 500 \[1\]"),
    ],
)
def test_a_refusal_says_what_the_broker_says(status: int, body: bytes, explanation: str) -> None:
    with answering(status, body) as (client, _), pytest.raises(RequestRefused, match=explanation):
        client.start(DATASET)


def test_no_broker_is_an_os_error() -> None:
    with answering(200, b"") as (client, _):
        pass
    with pytest.raises(OSError, match="refused"):
        client.status()


def test_what_is_no_broker_is_said_to_be_none() -> None:
    with (
        answering(200, b"<html>") as (client, _),
        pytest.raises(BrokerUnreachable, match="expected a BrokerStatus"),
    ):
        client.status()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = BrokerClient("127.0.0.1", listener.getsockname()[1])
        thread = threading.Thread(target=answer_with, args=(listener, b"SSH-2.0\r\n\r\n"))
        thread.start()
        with pytest.raises(BrokerUnreachable, match="expected a broker at"):
            client.status()
        thread.join()


def answer_with(listener: socket.socket, text: bytes) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(text)


@pytest.mark.parametrize(("status", "done"), [(200, True), (204, True), (504, False)])
def test_a_wait_tells_whether_the_end_came(status: int, done: bool) -> None:
    """B069, B070."""
    with answering(status, b"") as (client, server):
        assert client.wait_till_done(7) is done
    assert server.asked == [("POST /wait_till_done?timeout=7", b"")]


def test_a_refusal_keeps_status_reason_and_text() -> None:
    """B003."""
    body = b'{"msg": "not now", "reason": "WrongDAQState"}'
    with answering(500, body) as (client, _), pytest.raises(RequestRefused) as refusal:
        client.pedestal()
    raised = refusal.value
    assert (raised.status, raised.answered_reason) == (500, "WrongDAQState")
    assert raised.text == "not now"


def test_only_what_was_set_is_sent_and_bytes_go_as_they_are() -> None:
    with answering(200, b"") as (client, server):
        client.start(DATASET.model_copy(update={"header_appendix": {"none": None}}))
        client.put("/config/user_mask.tiff", b"II*\0", "image/tiff")
    (_, body), put = server.asked
    assert set(json.loads(body)) == {*DATASET.model_fields_set, "header_appendix"}
    assert put == ("PUT /config/user_mask.tiff", b"II*\0")
