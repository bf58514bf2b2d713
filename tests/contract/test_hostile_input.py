"""What no client should send: a tabled answer, nothing changed, a log that stays short."""

import json
import logging
import re
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.contract.test_every_setting import BODIES
from tests.helpers.broker_client import BrokerClient
from tests.helpers.published_contract import OPERATIONS, needs_contract
from tests.helpers.real_broker import configuration, running_real_broker

pytestmark = needs_contract

JSON = "application/json"
MIB = 1024 * 1024
LONGEST_ANSWER_BYTES = 4096
LONGEST_LOG_CHARACTERS = 4096
SCRIPT = "<script>alert(1)</script>"
CONTROLS = "a\r\nERROR forged\x00\x1b[31m\u202e\u2028"
BROKEN_BODIES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"\xff\xfe\x00",
    b'{"a": NaN}',
    b"[" * 100_000,
    b"9" * 500_000,
    b'{"' + b"k" * 900_000 + b'": 1}',
    b'{"<script>": "' + b"\\u0000" * 1000 + b'"}',
]
BINARY = sorted(
    name
    for name, operation in OPERATIONS.items()
    if operation.get("request", {}).get("model") == "binary"
)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerClient]:
    with running_real_broker(configuration(), tmp_path_factory.mktemp("hostile")) as real:
        real.client.initialize()
        real.client.measure(BODIES["start_post"])
        yield real.client


def everything(client: BrokerClient) -> dict[str, Any]:
    """Settings and state: what must not change."""
    paths = [operation["path"] for operation in OPERATIONS.values() if operation["method"] == "GET"]
    settings = [path for path in paths if path.startswith("/config/") and "mask" not in path]
    assert len(settings) == 9
    told = {path: client.get(path).json() for path in settings}
    return told | {"state": client.state(), "mask": client.get("/config/user_mask").content}


@pytest.fixture
def client(broker: BrokerClient, caplog: pytest.LogCaptureFixture) -> Iterator[BrokerClient]:
    """Is the same afterwards, and has said little about it."""
    if broker.state() != "Idle":
        broker.initialize()
    before = everything(broker)
    caplog.set_level(logging.INFO)
    caplog.clear()
    yield broker
    assert everything(broker) == before
    told = [record.getMessage() for record in caplog.records if record.name.startswith("jfjoch")]
    assert sum(map(len, told)) <= LONGEST_LOG_CHARACTERS
    assert not any(re.search(r"[\x00-\x1f\x7f]", line) for line in told)


def exchange(client: BrokerClient, request: bytes) -> bytes:
    """Send bytes as they are; the answer, up to its end or as much as a test looks at."""
    address = urlsplit(client.url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        connection.sendall(request)
        return connection.recv(65536)


def send(client: BrokerClient, name: str, body: bytes, content_type: str) -> tuple[int, str, str]:
    """The status, the content type and the text of the answer."""
    about = OPERATIONS[name]
    answer = client.send(about["method"], about["path"], body, {"Content-Type": content_type})
    assert len(answer.content) <= LONGEST_ANSWER_BYTES
    return (
        answer.status_code,
        answer.headers.get("content-type", "").partition(";")[0],
        answer.text,
    )


@pytest.mark.parametrize("number", range(len(BROKEN_BODIES)))
@pytest.mark.parametrize("name", sorted(BODIES))
def test_no_usable_json(client: BrokerClient, name: str, number: int) -> None:
    """B005, B006: missing, broken, deep, long: 400 and a text of bounded length."""
    status, content_type, text = send(client, name, BROKEN_BODIES[number], JSON)
    assert (status, content_type) == (400, "text/plain"), text


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "a/b"])
@pytest.mark.parametrize("name", sorted(BODIES))
def test_another_content_type(client: BrokerClient, name: str, content_type: str) -> None:
    """A web page of another place can send these without asking first."""
    body = json.dumps(BODIES[name]).encode()
    assert send(client, name, body, content_type)[:2] == (400, "text/plain")


@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_json_body_that_is_too_large(client: BrokerClient, name: str) -> None:
    assert send(client, name, b" " * (MIB + 1), JSON)[:2] == (413, "text/plain")


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("body", [b"", b"1", b"II*\x00" + b"\xff" * 100, bytes(MIB + 2)])
def test_no_image(client: BrokerClient, name: str, body: bytes) -> None:
    """B130, B184-B188: 400 or, where none is declared, 500 Other."""
    status, content_type, text = send(client, name, body, "application/octet-stream")
    if "400" in OPERATIONS[name]["responses"]:
        assert (status, content_type) == (400, "text/plain")
    else:
        assert (status, content_type) == (500, JSON)
        assert json.loads(text)["reason"] == "Other"


@pytest.mark.parametrize("name", BINARY)
def test_an_image_that_is_announced_as_too_large(client: BrokerClient, name: str) -> None:
    """Refused before it has come."""
    request = (
        f"PUT {OPERATIONS[name]['path']} HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Length: {80 * MIB + 1}\r\n\r\n"
    )
    assert exchange(client, request.encode()).startswith(b"HTTP/1.1 413 ")


TEXT_FIELDS = ("file_prefix", "sample_name", "run_name", "experiment_group", "compression")


@pytest.mark.parametrize("text", [SCRIPT, CONTROLS, "n" * 900_000, "../../etc/passwd", "/abs"])
@pytest.mark.parametrize("field", TEXT_FIELDS)
def test_hostile_texts_of_a_run(client: BrokerClient, field: str, text: str) -> None:
    """Taken as a text or refused by name; never more than a part of it in log, status, answer."""
    body = json.dumps(BODIES["start_post"] | {field: text, "ntrigger": 10**6}).encode()
    status, content_type, answer = send(client, "start_post", body, JSON)
    assert (status, content_type) in [(200, ""), (400, "text/plain"), (500, JSON)], answer
    assert len(client.get("/status").content) <= LONGEST_ANSWER_BYTES
    if status == 200:
        client.post("/cancel")
        assert client.wait_till_done() == 200
        assert len(client.get("/status").content) <= LONGEST_ANSWER_BYTES


@pytest.mark.parametrize("text", [SCRIPT, CONTROLS, "n" * 400_000])
def test_hostile_names_come_back_as_json(client: BrokerClient, text: str) -> None:
    """B096: no HTML, and the same text."""
    before = client.get("/config/instrument").json()
    assert client.put("/config/instrument", before | {"source_name": text}).status_code == 200
    answer = client.get("/config/instrument")
    assert answer.headers["content-type"] == JSON
    assert answer.json()["source_name"] == text
    assert client.put("/config/instrument", before).status_code == 200


@pytest.mark.parametrize(
    "header", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}]
)
@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_another_place(client: BrokerClient, name: str, header: dict[str, str]) -> None:
    """403 for every operation, whatever its body."""
    about = OPERATIONS[name]
    answer = client.send(about["method"], about["path"], b"", header)
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("name", "query", "status"),
    [
        ("wait_till_done_post", "timeout=-1", 400),
        ("wait_till_done_post", "timeout=3601", 400),
        ("wait_till_done_post", "timeout=" + "9" * 10_000, 400),
        ("wait_till_done_post", "timeout=<script>", 400),
        ("plot_spot_count_get", "binning=-1", 400),
        ("plot_spot_count_get", "binning=1.5", 400),
        ("plot_spot_count_get", "binning=" + "9" * 10_000, 400),
        ("plot_spot_count_get", "compression=<script>", 200),
        ("statistics_get", "compression=maybe", 200),
        ("config_internal_generator_image_put", "id=128", 400),
        ("config_internal_generator_image_tiff_put", "id=-1", 400),
        ("preview_pedestal_tiff_get", "gain_level=3", 404),
        ("preview_pedestal_tiff_get", "gain_level=<script>", 404),
    ],
)
def test_queries_that_are_none(client: BrokerClient, name: str, query: str, status: int) -> None:
    """B013, B069, B131, B154, B180."""
    about = OPERATIONS[name]
    answer = client.send(about["method"], f"{about['path']}?{query}", b"", {})
    assert answer.status_code == status
    assert SCRIPT not in answer.text


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"NONSENSE\r\n\r\n",
        b"GET /status HTTP/1.1\r\n\r\n",
        b"PUT /config/detector HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n",
        b"GET /status HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_no_http(client: BrokerClient, request_bytes: bytes) -> None:
    """Answered with a refusal, or not at all; the next client is served."""
    try:
        answer = exchange(client, request_bytes)
    except ConnectionError:
        answer = b""
    assert answer == b"" or answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 403 ", b"HTTP/1.1 4"))
    assert client.get("/status").status_code == 200
