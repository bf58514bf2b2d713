"""Clients of every kind while a run is on: they are answered, and the run does not notice them."""

import io
import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

from jfjoch.cli.run_in_log import RunInLog
from jfjoch.cli.service_log import OneLineFormatter
from tests.helpers.broker_client import BrokerClient, expect_ok
from tests.helpers.configurations import QUICK_PEDESTAL, dataset
from tests.helpers.http_service import running_http_service
from tests.helpers.real_broker import RealBroker, configuration, running_real_broker
from tests.helpers.service_process import wait_until

IMAGES = 150
TRIGGERS = 2
SETTINGS = {"frame_time_us": 1000, "timing": "trigger", **QUICK_PEDESTAL}
PULSED = {"source_name": "Laser", "instrument_name": "Hutch", "pulsed_source": True}
MORE_THAN_THE_THREADS = 60
"""Requests that take a thread each; the server has 40."""

HEAD = b" HTTP/1.1\r\nHost: localhost\r\n"
PREVIEW = b"GET /preview/image.jpeg" + HEAD + b"\r\n"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBroker]:
    """A simulated JUNGFRAU, initialized."""
    content = configuration(detector_settings=SETTINGS, image_pusher="CBOR")
    directory = tmp_path_factory.mktemp("clients")
    with chdir(directory), running_real_broker(content, directory) as running:
        running.client.initialize()
        yield running


def start(real: RealBroker, prefix: str) -> None:
    real.client.start(dataset(prefix, IMAGES, ntrigger=TRIGGERS))


def finish(real: RealBroker) -> dict[str, Any]:
    """Release the rest of the images; the figures of the run."""
    real.api.trigger_post()
    assert real.client.wait_till_done() == 200
    return real.client.statistics()


def stalls(connection: socket.socket) -> None:
    """A head that never ends."""
    connection.sendall(b"GET /status" + HEAD)


def stalls_in_the_body(connection: socket.socket) -> None:
    connection.sendall(b"PUT /config/user_mask" + HEAD + b"Content-Length: 1000000\r\n\r\nabc")


def says_nothing_more(connection: socket.socket) -> None:
    """Closes its half of the connection and listens on."""
    connection.sendall(b"POST /wait_till_done" + HEAD + b"\r\n")
    connection.shutdown(socket.SHUT_WR)


def sends_garbage(connection: socket.socket) -> None:
    connection.sendall(bytes(range(256)) * 16)


def asks_and_never_reads(connection: socket.socket) -> None:
    """Pictures of a megabyte each, one after another."""
    connection.sendall((b"GET /preview/image.tiff" + HEAD + b"\r\n") * 8)


def asks_and_leaves(connection: socket.socket) -> None:
    """Without a word: the connection is reset."""
    connection.sendall(PREVIEW)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


BROKEN: tuple[Callable[[socket.socket], None], ...] = (
    stalls,
    stalls_in_the_body,
    says_nothing_more,
    sends_garbage,
    asks_and_never_reads,
    asks_and_leaves,
)


def test_broken_clients_change_nothing(real: RealBroker, caplog: pytest.LogCaptureFixture) -> None:
    """B171: every image is collected and sent; nobody is warned of anything."""
    address = ("127.0.0.1", int(real.client.url.rpartition(":")[2]))
    start(real, "broken/images")
    real.api.trigger_post()
    real.client.wait_for_images(IMAGES)
    connections = [socket.create_connection(address) for _ in range(5 * len(BROKEN))]
    try:
        for number, connection in enumerate(connections):
            BROKEN[number % len(BROKEN)](connection)
        figures = finish(real)
    finally:
        for connection in connections:
            connection.close()
    total = IMAGES * TRIGGERS
    names = ("images_expected", "images_collected", "images_sent")
    assert [figures[name] for name in names] == [total] * 3
    assert figures["collection_efficiency"] == 1
    assert real.client.state() == "Idle"
    assert [r.getMessage() for r in caplog.records if r.levelno > logging.INFO] == []


def test_statistics_agree_with_themselves_for_many_watchers(real: RealBroker) -> None:
    """B170: each answer is of one moment, and later ones are never of an earlier moment."""
    start(real, "watched/images")
    real.api.trigger_post()
    with ThreadPoolExecutor(5) as watchers:
        watching = [watchers.submit(watch, real.client.url) for _ in range(5)]
        seen = [each.result() for each in watching]
        figures = finish(real)
    assert figures["images_sent"] == IMAGES * TRIGGERS
    for collected in seen:
        assert collected == sorted(collected)


def watch(url: str) -> list[int]:
    """Check answers during a run; how many images they tell of."""
    collected = []
    with BrokerClient(url) as client:
        for _ in range(15):
            answer = client.get("/statistics").json()
            run, broker = answer["measurement"], answer["broker"]
            assert broker["state"] == "Measuring"
            assert broker["progress"] == run["images_collected"] / run["images_expected"]
            assert run["images_sent"] <= run["images_collected"] <= run["images_expected"]
            collected.append(run["images_collected"])
    return collected


def test_pulses_of_a_simulated_detector(tmp_path: Path) -> None:
    """B146, B147: there while the run is on, one for each image at its end."""
    content = configuration(detector_settings=SETTINGS, instrument=PULSED)
    with running_real_broker(content, tmp_path) as pulsed:
        pulsed.client.initialize()
        pulsed.client.start(dataset("", 1, ntrigger=5))
        for _ in range(3):
            pulsed.api.trigger_post()
        pulsed.client.wait_for_images(3)
        so_far = pulsed.api.xfel_pulse_id_get()
        for _ in range(2):
            pulsed.api.trigger_post()
        assert pulsed.client.wait_till_done() == 200
        ids, codes = pulsed.api.xfel_pulse_id_get(), pulsed.api.xfel_event_code_get()
    assert so_far == [*ids[:3], -1, -1]
    assert -1 not in ids
    assert ids == sorted(set(ids))
    assert codes == [1 + pulse % 2 for pulse in ids]


def test_lines_of_the_log_name_the_run_that_is_on(real: RealBroker) -> None:
    """Also those of somebody who knows nothing about runs."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(OneLineFormatter())
    handler.addFilter(RunInLog(lambda: real.broker.run_number))
    ours = logging.getLogger("jfjoch")
    ours.addHandler(handler)
    try:
        expect_ok(real.client.put("/config/zeromq_preview", {"enabled": True, "period_ms": 1}))
        start(real, "logged/images")
        number = real.broker.run_number
        expect_ok(real.client.put("/config/zeromq_preview", {"enabled": True, "period_ms": 2}))
        real.client.post("/cancel")
        assert real.client.wait_till_done() == 200
    finally:
        ours.removeHandler(handler)
    texts = [line.split(maxsplit=3)[3] for line in lines.getvalue().splitlines()]
    assert [text.startswith(f"run {number}: ") for text in texts] == [False, True, True, True]
    assert [text.count("run ") for text in texts] == [0, 1, 1, 1]
    assert real.broker.run_number is None


def test_status_needs_none_of_the_threads_that_commands_fill(tmp_path: Path) -> None:
    """B142: as many commands as there are threads, and more, wait for something."""
    go_on, begun = threading.Event(), threading.Semaphore(0)

    def switch_off() -> None:
        begun.release()
        go_on.wait()

    with running_http_service() as service:
        service.broker.deactivate = switch_off  # type: ignore[method-assign]
        with ThreadPoolExecutor(MORE_THAN_THE_THREADS) as clients:
            posts = [
                clients.submit(service.http.post, "/deactivate")
                for _ in range(MORE_THAN_THE_THREADS)
            ]
            try:
                for _ in range(30):
                    begun.acquire()
                assert service.http.get("/status").status_code == 200
            finally:
                go_on.set()
            wait_until(lambda: all(post.done() for post in posts), "answers to all commands")
        assert {post.result().status_code for post in posts} == {200}
