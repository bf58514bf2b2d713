"""jfjoch_writer as a process: options, logging, and how it ends."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from jfjoch import __version__
from jfjoch.cli.writer import main
from jfjoch.messages.writer_report import WriterReport
from jfjoch.model.zeromq import ZeromqSettings
from jfjoch.stream.push import ZmqImageSink
from tests.helpers.independent_readers import assert_readers_agree
from tests.helpers.saved_run import files_below, saved_images
from tests.helpers.service_process import wait_until
from tests.helpers.services import running_writer
from tests.helpers.writer_messages import end_message, image_message, pixels, start_message


@pytest.fixture
def sink() -> Iterator[ZmqImageSink]:
    settings = ZeromqSettings(
        image_socket=["tcp://127.0.0.1:*"], writer_notification_socket="tcp://0.0.0.0:*"
    )
    with ZmqImageSink(settings) as sink:
        yield sink


def send_images(sink: ZmqImageSink, prefix: str, count: int, last: int | None) -> None:
    start = start_message(20, prefix)
    sink.start(start)
    for image_id in range(count):
        assert sink.send_image(image_message(image_id, start), timeout_s=10)
    if last is not None:
        assert sink.end(end_message(start, last), timeout_s=10)


def wait_for_report(sink: ZmqImageSink, kind: str, images: int) -> WriterReport:
    """Wait until the writer says that this many images are on disk."""
    found: list[WriterReport] = []

    def arrived() -> bool:
        told = [(report, report.type, report.images_on_disk) for report in sink.reports()]
        found.extend(report for report, *what in told if what == [kind, images])
        return bool(found)

    wait_until(arrived, f"{kind} report of {images} images", 30)
    return found[0]


def test_a_run_below_the_root(sink: ZmqImageSink, tmp_path: Path) -> None:
    """W001, W002, W006, W007: the prefix is below the root; options in all their forms.

    Reports find their way although the broker listens on all interfaces.
    """
    root = tmp_path / "root"
    root.mkdir()
    options = [f"-R{root}", "--rcv_watermark=7", "-W", "10"]
    with running_writer(sink.addresses[0], tmp_path / "cwd", options) as writer:
        assert f"jfjoch_writer {__version__} connected to {sink.addresses[0]}" in writer.log
        assert f"root {root}" in writer.log
        send_images(sink, "a/b", 20, 20)
        assert wait_for_report(sink, "end", 20).ok
        lines = writer.log.splitlines()
    np.testing.assert_array_equal(
        saved_images(root / "a" / "b_master.h5"), np.stack([pixels(n) for n in range(20)])
    )
    assert len(lines) == 3, lines  # ready, start, end: nothing per image


def test_stopped_during_a_run(sink: ZmqImageSink, tmp_path: Path) -> None:
    """SIGTERM: what came is whole and readable, exit code 0; the master says what is missing."""
    with running_writer(sink.addresses[0], tmp_path) as writer:
        send_images(sink, "run", 12, None)
        wait_for_report(sink, "progress", 12)
        writer.stop()
        assert "stopped before the end" in writer.log
    end = wait_for_report(sink, "end", 12)
    assert (end.ok, end.images_received) == (False, 12)
    assert files_below(tmp_path) == {"run_data_000001.h5", "run_master.h5"}
    with h5py.File(tmp_path / "run_master.h5") as file:
        specific = file["/entry/instrument/detector/detectorSpecific"]
        assert (specific["incomplete"][()], specific["nimages_written"][()]) == (1, 12)
    content = assert_readers_agree(tmp_path / "run_master.h5")
    np.testing.assert_array_equal(content.images, np.stack([pixels(n) for n in range(12)]))


def test_no_kernel_compiler_in_the_writer() -> None:
    """It starts within a moment, and never compiles; a web server is loaded only if wanted."""
    script = (
        "import sys, jfjoch.cli.writer; print('numba' in sys.modules or 'fastapi' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "ADDRESS is missing"),
        (["-H0", "tcp://localhost:1"], "from 1 to 65535"),
        (["-r", "65536", "tcp://localhost:1"], "from 1 to 65535"),
        (["--zmq_file_port=five", "tcp://localhost:1"], "from 1 to 65535"),
        (["-w", "0", "tcp://localhost:1"], "expected a number from 1"),
        (["-R/no/such/directory", "tcp://localhost:1"], "expected a directory"),
        (["--recover", "/no/such/directory"], "expected a directory"),
        (["--overwrite=sometimes", "tcp://localhost:1"], "invalid choice"),
        (["tcp://localhost:1", "tcp://localhost:2"], "unrecognized arguments"),
    ],
)
def test_a_bad_command_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    """W002: one address, after the options."""
    with pytest.raises(SystemExit) as ending:
        main(arguments)
    assert ending.value.code == 2
    assert message in capsys.readouterr().err


def test_an_address_that_can_not_be_one(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "jfjoch.cli.writer", "nonsense"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "address nonsense can't be used" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "place"),
    [([], Path()), (["-R", "below"], Path("below")), (["--root_dir=below"], Path("below"))],
)
def test_the_root(sink: ZmqImageSink, tmp_path: Path, arguments: list[str], place: Path) -> None:
    """W001: where the writer was started, unless it is told otherwise."""
    (tmp_path / "below").mkdir()
    with running_writer(sink.addresses[0], tmp_path, arguments):
        send_images(sink, "a/b", 2, 2)
        assert wait_for_report(sink, "end", 2).ok
    assert files_below(tmp_path) == {
        str(place / name) for name in ("a/b_data_000001.h5", "a/b_master.h5")
    }


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["--version"])
    assert ending.value.code == 0
    assert capsys.readouterr().out.strip() == __version__
