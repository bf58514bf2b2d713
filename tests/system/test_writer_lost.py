"""No writer, two writers, a killed writer: said so, counted, and no restart is needed."""

import re
from collections.abc import Iterator
from pathlib import Path

import h5py
import pytest

from tests.helpers.broker_client import BrokerClient
from tests.helpers.configurations import Setup, dataset
from tests.helpers.saved_run import files_below, saved_image_count
from tests.helpers.services import Broker, running_broker, running_writer

_LONGEST_DETECTION_S = 10
"""The contract says 5 s; twice that for a busy machine."""


@pytest.fixture(scope="module")
def setup() -> Setup:
    return Setup(module_count=1)


@pytest.fixture(scope="module")
def broker(setup: Setup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running_broker(setup.configuration(), tmp_path_factory.mktemp("broker")) as broker:
        broker.client.initialize()
        yield broker


def _assert_start_refused(client: BrokerClient, address: str) -> None:
    """500 Other naming the address; Idle afterwards."""
    answer = client.post("/start", dataset("refused", 5))
    assert answer.status_code == 500
    error = answer.json()
    assert error["reason"] == "Other"
    assert address in error["msg"]
    assert client.state() == "Idle"
    assert client.wait_till_done() == 200  # the failure was answered by its own POST


def _assert_next_run_is_right(client: BrokerClient, files: Path, prefix: str) -> None:
    client.measure(dataset(prefix, 5))
    assert saved_image_count(files / f"{prefix}_master.h5") == 5
    assert client.status().get("message_severity") != "error"


def test_start_without_a_writer_is_refused_and_forgotten(
    broker: Broker, setup: Setup, tmp_path: Path
) -> None:
    """The writer that comes later gets the next start, not the refused one."""
    _assert_start_refused(broker.client, setup.image_address)
    with running_writer(setup.image_address, tmp_path):
        _assert_next_run_is_right(broker.client, tmp_path, "later")
        assert files_below(tmp_path) == {"later_master.h5", "later_data_000001.h5"}


def test_a_run_without_file_prefix_needs_no_writer(broker: Broker) -> None:
    """B045: nothing is sent, everything is counted."""
    statistics = broker.client.measure(dataset("", 20))
    assert statistics["images_expected"] == statistics["images_collected"] == 20
    assert statistics["images_sent"] == statistics["max_image_number_sent"] == 0


def test_a_run_without_file_prefix_sends_nothing(
    broker: Broker, setup: Setup, tmp_path: Path
) -> None:
    """B045: a writer that listens gets to see the next run only."""
    with running_writer(setup.image_address, tmp_path):
        assert broker.client.measure(dataset("", 5))["images_sent"] == 0
        _assert_next_run_is_right(broker.client, tmp_path, "seen")
        assert files_below(tmp_path) == {"seen_master.h5", "seen_data_000001.h5"}


def test_two_writers_on_one_socket_are_refused(
    broker: Broker, setup: Setup, tmp_path: Path
) -> None:
    """Each would get every other image."""
    with running_writer(setup.image_address, tmp_path / "one"):
        with running_writer(setup.image_address, tmp_path / "two"):
            _assert_start_refused(broker.client, setup.image_address)
        _assert_next_run_is_right(broker.client, tmp_path / "one", "alone")


def _readable_images(directory: Path, prefix: str) -> int:
    """Count images in finished and partial files, also while a paused writer has them open."""
    return sum(_images_in(path) for path in directory.glob(f"{prefix}_data_*.h5*"))


def _images_in(data_file: Path) -> int:
    try:
        with h5py.File(data_file, locking=False) as file:
            return int(file["/entry/image/valid"][()].sum())
    except OSError:
        # Killed before its first flush: nothing in it was ever reported as written.
        assert data_file.suffix == ".partial"
        return 0


def _assert_run_has_failed(client: BrokerClient, on_disk: int) -> None:
    """State Idle, severity error; told is how many of the images sent are not on disk.

    What a writer had flushed but not yet reported counts as lost, and is there all the same.
    """
    status, sent = client.status(), client.statistics()["images_sent"]
    assert status["state"] == "Idle"
    assert status["message_severity"] == "error"
    lost = re.search(r"(\d+) sent images? lost", status["message"])
    # A writer that is ended in peace may have had time for all it was sent.
    assert lost or "collected images not sent" in status["message"], status["message"]
    assert sent - on_disk <= (int(lost.group(1)) if lost else 0) <= sent


def _start_long_run(client: BrokerClient, prefix: str) -> None:
    client.start(dataset(prefix, 1_000_000, images_per_file=50))
    client.wait_for_images(130)


def test_a_killed_writer_fails_the_run_and_nothing_else(
    broker: Broker, setup: Setup, tmp_path: Path
) -> None:
    """``kill -9`` in the middle of a run; the next writer works."""
    with running_writer(setup.image_address, tmp_path) as writer:
        _start_long_run(broker.client, "killed")
        writer.kill()
        assert broker.client.wait_till_done(_LONGEST_DETECTION_S) == 500
    _assert_run_has_failed(broker.client, _readable_images(tmp_path, "killed"))
    with running_writer(setup.image_address, tmp_path):
        _assert_next_run_is_right(broker.client, tmp_path, "after")


def test_a_writer_ended_by_its_operator_leaves_whole_files(
    broker: Broker, setup: Setup, tmp_path: Path
) -> None:
    """SIGTERM: exit code 0, what was written is kept; for the broker the run has failed.

    The master file says that the run is incomplete; the broker counts what is not in the files.
    """
    with running_writer(setup.image_address, tmp_path) as writer:
        _start_long_run(broker.client, "ended")
        writer.stop()
        assert broker.client.wait_till_done(_LONGEST_DETECTION_S) == 500
    _assert_run_has_failed(broker.client, _readable_images(tmp_path, "ended"))
    assert not list(tmp_path.glob("*.partial"))
    with h5py.File(tmp_path / "ended_master.h5") as master:
        written = int(master["/entry/image/valid"][()].sum())
        assert master["/entry/instrument/detector/detectorSpecific/incomplete"][()] == 1
    assert written == _readable_images(tmp_path, "ended")
    assert f" {written} written" in broker.client.status()["message"]
    with running_writer(setup.image_address, tmp_path):
        _assert_next_run_is_right(broker.client, tmp_path, "after")


def test_a_silent_writer_fails_the_run_and_may_come_back(
    broker: Broker, setup: Setup, tmp_path: Path
) -> None:
    """Nothing taken, nothing said for 5 s. Back to life, the same writer takes the next run."""
    with running_writer(setup.image_address, tmp_path) as writer:
        _start_long_run(broker.client, "silent")
        writer.pause()
        assert broker.client.wait_till_done(2 * _LONGEST_DETECTION_S) == 500
        _assert_run_has_failed(broker.client, _readable_images(tmp_path, "silent"))
        writer.resume()
        _assert_next_run_is_right(broker.client, tmp_path, "after")
