"""What jfjoch_writer offers beside its files, as a process: -H, -r, -f, and systemd."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import zmq

from jfjoch.messages.start import StartMessage
from jfjoch.model.zeromq import ZeromqSettings
from jfjoch.stream.push import ZmqImageSink
from tests.helpers.cbor_tags import decode
from tests.helpers.ports import free_tcp_port
from tests.helpers.saved_run import files_below, saved_image_count
from tests.helpers.service_process import ServiceProcess, wait_until
from tests.helpers.services import running_writer
from tests.helpers.subscriber import Subscriber, subscribed
from tests.helpers.writer_messages import end_message, image_message, start_message

_PATIENCE_S = 30.0


@pytest.fixture
def sink() -> Iterator[ZmqImageSink]:
    settings = ZeromqSettings(
        image_socket=["tcp://127.0.0.1:*"], writer_notification_socket="tcp://127.0.0.1:*"
    )
    with ZmqImageSink(settings) as sink:
        yield sink


@dataclass
class Station:
    """A broker's socket, a writer that serves everything, and somebody who asks it."""

    sink: ZmqImageSink
    writer: ServiceProcess
    http: httpx.Client
    repub_address: str
    file_address: str
    root: Path
    run: StartMessage = field(default_factory=start_message)
    runs: int = 0

    def begin(self, prefix: str, images: int, **changes: Any) -> None:
        """Send a start and some images; the end is still to come."""
        self.runs += 1
        self.run = start_message(20, prefix, run_number=self.runs, **changes)
        self.sink.start(self.run)
        for image_id in range(images):
            assert self.sink.send_image(image_message(image_id, self.run), timeout_s=_PATIENCE_S)

    def end(self, images: int) -> None:
        assert self.sink.end(end_message(self.run, images), timeout_s=_PATIENCE_S)
        wait_until(lambda: any(x.is_end for x in self.sink.reports()), "end report", _PATIENCE_S)

    def status(self) -> dict[str, Any]:
        answer = self.http.get("/status")
        assert answer.status_code == 200
        return dict(answer.json())


@pytest.fixture
def station(sink: ZmqImageSink, tmp_path: Path) -> Iterator[Station]:
    ports = {option: free_tcp_port() for option in ("-H", "-r", "-f")}
    options = [f"{option}{port}" for option, port in ports.items()]
    with (
        running_writer(sink.addresses[0], tmp_path, options) as writer,
        httpx.Client(base_url=f"http://127.0.0.1:{ports['-H']}", trust_env=False) as http,
    ):
        repub, files = (f"tcp://127.0.0.1:{ports[option]}" for option in ("-r", "-f"))
        yield Station(sink, writer, http, repub, files, tmp_path)


def test_status(station: Station) -> None:
    """W003, W012: all fields, before, during and after a run."""
    assert station.status()["state"] == "Idle"
    assert station.status()["run_number"] is None
    station.begin("a/run", 15, images_per_file=10)
    wait_until(lambda: station.status()["images_written"] == 15, "images on disk", _PATIENCE_S)
    status = station.status()
    assert status.pop("free_bytes") > 0
    assert status.pop("images_per_s") >= 0
    assert status == {
        "state": "Writing",
        "run_number": 1,
        "run_name": "run one",
        "file_prefix": "a/run",
        "images_expected": 20,
        "images_received": 15,
        "images_written": 15,
        "images_lost": 0,
        "progress": 0.75,
        "current_file": "a/run_data_000002.h5",
        "message": "",
    }
    station.end(15)
    wait_until(lambda: station.status()["state"] == "Idle", "end of the run", _PATIENCE_S)
    assert station.status()["current_file"] == ""


def test_status_while_images_are_written(station: Station) -> None:
    """Answered all the time by a writer that has all it can do; no image is lost."""
    answers: list[dict[str, Any]] = []
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            answers.append(station.status())

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for run in range(3):
            start = start_message(300, f"fast{run}", images_per_file=50, run_number=run)
            station.sink.start(start)
            image = image_message(0, start)
            for image_id in range(300):
                message = replace(image, image_id=image_id, original_image_id=image_id)
                assert station.sink.send_image(message, timeout_s=_PATIENCE_S)
            station.run = start
            station.end(300)
    finally:
        is_over.set()
        asking.join()
    assert station.status()["images_written"] == 300
    assert any(0 < answer["images_written"] < 300 for answer in answers)
    written = [(answer["run_number"] or 0, answer["images_written"]) for answer in answers]
    assert written == sorted(written)


def test_cancel(station: Station) -> None:
    """W013: files are closed, what still comes is dropped, the next run works; W014 too."""
    station.begin("dead", 12)
    wait_until(lambda: station.status()["images_received"] == 12, "images", _PATIENCE_S)
    answer = station.http.post("/cancel")
    assert answer.status_code == 200
    assert answer.json()["state"] == "Idle"
    assert files_below(station.root) == {"dead_data_000001.h5", "dead_master.h5"}
    assert station.sink.send_image(image_message(12, station.run), timeout_s=_PATIENCE_S)
    wait_until(lambda: station.status()["images_lost"] == 1, "an image lost", _PATIENCE_S)
    station.end(13)
    station.begin("next", 5)
    station.end(5)
    assert saved_image_count(station.root / "next_master.h5") == 5
    assert station.http.post("/cancel").status_code == 200


def test_health_and_figures(station: Station) -> None:
    """For machines that watch the writer."""
    station.begin("run", 4)
    station.end(4)
    health = station.http.get("/healthz")
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    answer = station.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert "jfjoch_writer_runs_total 1.0" in lines
    assert "jfjoch_writer_images_written_total 4.0" in lines
    assert 'jfjoch_writer_state{state="Idle"} 1.0' in lines


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}]
)
def test_requests_of_other_web_pages_are_refused(station: Station, headers: dict[str, str]) -> None:
    for method, path in (("GET", "/status"), ("POST", "/cancel"), ("GET", "/metrics")):
        assert station.http.request(method, path, headers=headers).status_code == 403
    assert station.http.get("/status", headers={"Host": "localhost"}).status_code == 200


def test_other_requests_are_refused(station: Station) -> None:
    assert station.http.get("/cancel").status_code == 405
    assert station.http.get("/nothing").status_code == 404
    assert station.http.post("/cancel", content=bytes(100_000)).status_code == 413


def _settle(station: Station, listener: Subscriber) -> None:
    """Make short runs until one of their files is heard of; nobody says when a subscription is."""
    while not listener.has_message:
        station.begin(f"settle{station.runs}", 1)
        station.end(1)
    last = f"settle{station.runs - 1}_data_000001.h5"
    while json.loads(listener.bytes())["filename"] != last:
        pass


def test_finished_files_are_announced(station: Station) -> None:
    """W005, W020: as JSON, when the file is there."""
    with subscribed(station.file_address) as listener:
        _settle(station, listener)
        station.begin("a/run", 20, images_per_file=8)
        for number, images in enumerate((8, 8, 4)):
            note = json.loads(listener.bytes())
            assert (note["file_number"], note["nimages"]) == (number, images)
            assert note["filename"] == f"a/run_data_{number + 1:06d}.h5"
            assert (station.root / note["filename"]).exists()
        station.end(20)


def test_messages_are_republished(station: Station) -> None:
    """W004, W016: to whoever pulls."""
    with zmq.Context() as context, context.socket(zmq.PULL) as receiver:
        receiver.rcvtimeo = int(_PATIENCE_S * 1e3)
        receiver.connect(station.repub_address)
        while not receiver.poll(50):
            station.begin(f"settle{station.runs}", 1)
            station.end(1)
        last = ("end", station.runs)
        while (message := decode(receiver.recv())) and (
            (message["type"], message["series_id"]) != last
        ):
            pass
        station.begin("run", 3)
        station.end(3)
        kinds = [decode(receiver.recv())["type"] for _ in range(5)]
    assert kinds == ["start", "image", "image", "image", "end"]


def test_a_port_in_use(sink: ZmqImageSink, tmp_path: Path) -> None:
    """Said in one line, and the writer does not start."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for option, code in (("-H", 1), ("-r", 2), ("-f", 2)):
            writer = ServiceProcess(
                "jfjoch.cli.writer", [f"{option}{port}", sink.addresses[0]], tmp_path
            )
            writer.start()
            assert writer.wait_for_end() == code
            assert str(port) in writer.log
            assert "Traceback" not in writer.log


def test_the_service_manager_is_told(
    sink: ZmqImageSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ready, alive, stopping; SIGTERM during a run ends with exit code 0 and whole files."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(_PATIENCE_S)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        with running_writer(sink.addresses[0], tmp_path) as writer:
            assert manager.recv(1000).startswith(b"READY=1\n")
            assert [manager.recv(1000) for _ in range(3)] == [b"WATCHDOG=1"] * 3
            start = start_message(20)
            sink.start(start)
            assert sink.send_image(image_message(0, start), timeout_s=_PATIENCE_S)
            wait_until(lambda: "images expected" in writer.log, "start", _PATIENCE_S)
            writer.stop()
            while (word := manager.recv(1000)) == b"WATCHDOG=1":
                pass
            assert word == b"STOPPING=1"
    assert not list(tmp_path.glob("*.partial"))
