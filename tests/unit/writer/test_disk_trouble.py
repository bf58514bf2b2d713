"""What a disk can do to a run: told everywhere, earlier images stay, the next run works."""

import errno
import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  (registers the filters images are compressed with)
import numpy as np
import pytest

from jfjoch.messages.start import StartMessage
from tests.helpers.saved_run import saved_images
from tests.helpers.small_disk import small_disk
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import end_message, image_message, pixels, start_message

DISK_KIB = 600
IMAGES = 12
PER_FILE = 5
NOBODY = 65534


def run_start(prefix: str = "run") -> StartMessage:
    """Uncompressed images of 12 KiB, so that it is known how many fit."""
    return start_message(IMAGES, prefix, images_per_file=PER_FILE, dtype="int32")


def feed_images(bench: WriterBench, start: StartMessage, first: int, last: int) -> None:
    bench.feed(*[image_message(n, start, "none") for n in range(first, last)])


def fill(disk: Path) -> Path:
    """Leave no room at all; the file to remove to have room again."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (4096, 1):
            with pytest.raises(OSError, match="No space left"):
                write_for_ever(file, bytes(size))
    return filler


def write_for_ever(file: FileIO, content: bytes) -> None:
    while True:
        file.write(content)


def assert_told(
    bench: WriterBench, number: int, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With path and errno: to the broker, at /status and in the log."""
    end = bench.reports.ends[-1]
    assert not end.ok
    warnings = [x.getMessage() for x in caplog.records if x.levelno >= logging.WARNING]
    status = bench.service.monitor.status
    assert status.state == "Error"
    for text in (end.error, status.message, "\n".join(warnings)):
        assert f"(errno {number})" in text
        assert str(path) in text
    assert end.images_on_disk == status.images_written
    assert status.images_lost == status.images_received - status.images_written


def assert_readable(directory: Path, images: int) -> None:
    """So many images, in finished and unfinished files, each as it was sent."""
    found = []
    for path in directory.glob("run_data_*"):
        first = (int(path.name.removeprefix("run_data_")[:6]) - 1) * PER_FILE
        with h5py.File(path) as file:
            for index, image in enumerate(file["/entry/data/data"]):
                np.testing.assert_array_equal(image, pixels(first + index, "int32"))
                found.append(first + index)
    assert sorted(found) == list(range(images))


def assert_next_run_is_right(bench: WriterBench) -> None:
    start = start_message(3, "next/good", run_number=99)
    bench.feed(start, *[image_message(n, start) for n in range(3)], end_message(start, 3))
    assert bench.reports.ends[-1].ok, bench.reports.ends[-1].error
    assert bench.service.monitor.status.state == "Idle"
    images = saved_images(bench.root / "next" / "good_master.h5")
    np.testing.assert_array_equal(images, np.stack([pixels(n) for n in range(3)]))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", DISK_KIB) as disk:
        yield disk


def test_full_at_the_start(disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench = WriterBench(disk)
    filler = fill(disk)
    start = run_start()
    bench.feed(start)
    feed_images(bench, start, 0, IMAGES)
    bench.feed(end_message(start, IMAGES))
    assert_told(bench, errno.ENOSPC, disk / "run_data_000001.h5", caplog)
    assert [path.name for path in disk.iterdir()] == ["filler"]
    filler.unlink()
    assert_next_run_is_right(bench)


def test_full_during_the_run(disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench = WriterBench(disk)
    start = run_start()
    bench.feed(start)
    feed_images(bench, start, 0, 7)
    bench.now_s += 1.0
    bench.service.step()
    filler = fill(disk)
    feed_images(bench, start, 7, IMAGES)
    bench.feed(end_message(start, IMAGES))
    assert_told(bench, errno.ENOSPC, disk / "run_data_000002.h5.partial", caplog)
    assert bench.reports.ends[-1].images_on_disk == 7
    assert_readable(disk, 7)
    filler.unlink()
    assert_next_run_is_right(bench)


def test_full_when_files_are_closed(disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    """All images are on disk; only the master file finds no room."""
    bench = WriterBench(disk)
    start = run_start()
    bench.feed(start)
    feed_images(bench, start, 0, IMAGES)
    bench.now_s += 1.0
    bench.service.step()
    filler = fill(disk)
    bench.feed(end_message(start, IMAGES))
    assert_told(bench, errno.ENOSPC, disk / "run_", caplog)
    assert bench.reports.ends[-1].images_on_disk == IMAGES
    assert_readable(disk, IMAGES)
    assert not list(disk.glob("*master*"))
    filler.unlink()
    assert_next_run_is_right(bench)


def test_read_only(disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench = WriterBench(disk)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    start = run_start()
    bench.feed(start)
    feed_images(bench, start, 0, IMAGES)
    bench.feed(end_message(start, IMAGES))
    assert_told(bench, errno.EROFS, disk, caplog)
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    assert_next_run_is_right(bench)


@contextmanager
def not_as_superuser() -> Iterator[None]:
    """Permissions do not bind a superuser: be nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.mark.parametrize("prefix", ["locked/run", "locked/new/run"])
def test_no_permission(prefix: str, caplog: pytest.LogCaptureFixture) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o777)
        locked = root / "locked"
        locked.mkdir(mode=0o555)
        bench = WriterBench(root)
        with not_as_superuser():
            start = run_start(prefix)
            bench.feed(start)
            feed_images(bench, start, 0, IMAGES)
            bench.feed(end_message(start, IMAGES))
            assert_told(bench, errno.EACCES, locked, caplog)
            assert list(locked.iterdir()) == []
            assert_next_run_is_right(bench)


def test_a_directory_that_vanishes_during_the_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing of it is left, and nothing of it is called written that is not."""
    bench = WriterBench(tmp_path)
    start = run_start("gone/run")
    bench.feed(start)
    feed_images(bench, start, 0, 7)
    shutil.rmtree(tmp_path / "gone")
    feed_images(bench, start, 7, IMAGES)
    bench.feed(end_message(start, IMAGES))
    assert_told(bench, errno.ENOENT, tmp_path / "gone" / "run_data_000002.h5", caplog)
    assert not (tmp_path / "gone").exists()
    assert_next_run_is_right(bench)


@pytest.mark.parametrize("vanishes", ["gone", "gone/run_data_000001.h5.partial"])
def test_what_vanishes_is_missed_at_the_next_flush(
    tmp_path: Path, vanishes: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An open file takes images although nobody will ever find them; none counts as written."""
    bench = WriterBench(tmp_path)
    start = start_message(30, "gone/run", dtype="int32")
    bench.feed(start)
    feed_images(bench, start, 0, 10)
    assert bench.reports.reports[-1].images_on_disk == 10
    path = tmp_path / vanishes
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    feed_images(bench, start, 10, 20)
    last = bench.reports.reports[-1]
    assert (last.type, last.ok, last.images_on_disk) == ("progress", False, 0)
    assert bench.service.monitor.status.state == "Error"
    bench.feed(end_message(start, 20))
    path = tmp_path / "gone" / "run_data_000001.h5.partial"
    assert_told(bench, errno.ENOENT, path, caplog)
    assert not path.exists()
    assert_next_run_is_right(bench)
