"""``kill -9`` of either end in the middle of a run: what is lost is told, and adds up."""

import re
import subprocess
import sys
from pathlib import Path

import h5py
import httpx
import pytest

from tests.helpers.configurations import Setup, dataset
from tests.helpers.ports import free_tcp_port
from tests.helpers.saved_run import data_files, saved_image_count
from tests.helpers.service_process import wait_until
from tests.helpers.services import WRITER, running_broker, running_writer

_LONGEST_DETECTION_S = 10
"""The contract says 5 s; twice that for a busy machine."""
_FLUSH_IMAGES = 10
_REPORTS_ON_THE_WAY = 2
"""One flush was not yet reported; one report had not yet left the writer."""


@pytest.fixture(scope="module")
def setup() -> Setup:
    return Setup(module_count=1)


def _images_found(prefix: Path) -> int:
    """Images that came, in all finished data files."""
    count = 0
    for path in data_files(prefix):
        with h5py.File(path) as file:
            count += int(file["/entry/image/valid"][()].sum())
    return count


def _recover(directory: Path) -> str:
    """Mend the files; what is said of it."""
    command = [sys.executable, "-m", WRITER, "--recover", str(directory)]
    return subprocess.run(command, capture_output=True, check=False, text=True).stdout


def test_a_newer_run_is_not_corrected(setup: Setup, tmp_path: Path) -> None:
    """Mending files of the run before the last changes nothing at the broker."""
    with running_broker(setup.configuration(), tmp_path / "broker") as broker:
        client = broker.client
        client.initialize()
        with running_writer(setup.image_address, tmp_path / "files") as writer:
            client.start(dataset("killed", 1_000_000, images_per_file=50))
            client.wait_for_images(130)
            writer.kill()
            assert client.wait_till_done(_LONGEST_DETECTION_S) == 500
        with running_writer(setup.image_address, tmp_path / "other"):
            client.measure(dataset("newer", 5))
        before = client.status()
        assert "is told of run" in _recover(tmp_path / "files")
        assert client.status() == before
        with running_writer(setup.image_address, tmp_path / "other"):
            client.measure(dataset("newest", 5))
        assert "5 written" in client.status()["message"]


def test_the_number_lost_goes_with_the_recovered_files(setup: Setup, tmp_path: Path) -> None:
    """The writer dies: /status has the number within 5 s; mending the files makes it exact."""
    with running_broker(setup.configuration(), tmp_path / "broker") as broker:
        client = broker.client
        client.initialize()
        with running_writer(setup.image_address, tmp_path / "files") as writer:
            client.start(dataset("killed", 1_000_000, images_per_file=50))
            client.wait_for_images(130)
            writer.kill()
            pattern = re.compile(r"(\d+) (?:sent )?images? lost")
            wait_until(
                lambda: bool(pattern.search(client.status().get("message") or "")),
                "the number of images lost in /status",
                _LONGEST_DETECTION_S,
            )
        told = pattern.search(client.status()["message"])
        assert told
        sent = client.statistics()["images_sent"]
        assert "is told of run" in _recover(tmp_path / "files")
        found = _images_found(tmp_path / "files" / "killed")
        wait_until(
            lambda: f"{sent - found} sent images lost" in client.status()["message"],
            "the number of images that are not in the files",
        )
        assert f"{found} written" in client.status()["message"]
        assert client.status()["message_severity"] == "error"
        assert client.wait_till_done() == 500, "nobody was told of the failure until now"
    written = sent - int(told[1])
    assert written <= found <= written + _FLUSH_IMAGES * _REPORTS_ON_THE_WAY
    assert saved_image_count(tmp_path / "files" / "killed_master.h5") >= found
    assert not list((tmp_path / "files").glob("*.partial"))


def test_a_run_whose_broker_died_is_closed(setup: Setup, tmp_path: Path) -> None:
    """The broker dies: the writer closes its files, says why, and takes the next broker's run."""
    port = free_tcp_port()
    files = tmp_path / "files"
    with running_writer(setup.image_address, files, [f"-H{port}"]):
        with running_broker(setup.configuration(), tmp_path / "broker") as broker:
            broker.client.initialize()
            broker.client.start(dataset("orphan", 1_000_000, images_per_file=50))
            broker.client.wait_for_images(130)
            broker.process.kill()

        def status() -> dict[str, object]:
            answer = httpx.get(f"http://127.0.0.1:{port}/status", trust_env=False)
            return dict(answer.json())

        wait_until(lambda: status()["state"] == "Error", "the run to be closed", 30)
        closed = status()
        assert "the broker went away" in str(closed["message"])
        assert not list(files.glob("*.partial"))
        assert _images_found(files / "orphan") == closed["images_written"]
        with running_broker(setup.configuration(), tmp_path / "broker") as broker:
            assert broker.client.state() == "Inactive"
            broker.client.initialize()
            broker.client.measure(dataset("after", 5))
        assert saved_image_count(files / "after_master.h5") == 5
        assert status()["state"] == "Idle"
