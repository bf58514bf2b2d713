"""Runs that the broker writes by itself, from the frames to the files."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from jfjoch.compression.decompression import decompress
from jfjoch.errors import OperationFailed, WriterLost
from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.ports import ImageSink, Message
from jfjoch.messages.start import StartMessage
from jfjoch.stream.cbor.decode import decode
from jfjoch.writer.cbor_sink import CborImageSink
from jfjoch.writer.hdf5_sink import Hdf5ImageSink
from tests.helpers.one_module_receiver import STORED, OneModuleReceiver
from tests.helpers.saved_run import images_per_data_file, saved_images
from tests.helpers.service_process import wait_until
from tests.helpers.small_disk import small_disk

MakeSink = Callable[[Path], ImageSink]
BOTH = pytest.mark.parametrize("make", [Hdf5ImageSink, CborImageSink])


@contextmanager
def receiver(make: MakeSink, root: Path) -> Iterator[OneModuleReceiver]:
    with closing(make(root)) as sink:
        yield OneModuleReceiver(sink)


def complete(setup: OneModuleReceiver, images: int, **dataset: object) -> None:
    measurement = setup.measurement(images_per_trigger=images, **dataset)
    measurement.arm()
    measurement.run()
    counts = measurement.statistics.snapshot()
    assert counts.images_sent == counts.images_written == images


def messages_of(directory: Path, prefix: str) -> list[Message]:
    paths = sorted(directory.glob(f"{prefix}_*.cbor"))
    assert [path.name for path in paths] == [f"{prefix}_{n:06d}.cbor" for n in range(len(paths))]
    return [decode(path.read_bytes()) for path in paths]


def test_a_run_into_hdf5(tmp_path: Path) -> None:
    """B189: every image written is in the files, and right."""
    with receiver(Hdf5ImageSink, tmp_path) as setup:
        complete(setup, 25, images_per_file=10)
    assert images_per_data_file(tmp_path / "run") == [10, 10, 5]
    images = saved_images(tmp_path / "run_master.h5")
    np.testing.assert_array_equal(images[:, 100, 100], np.arange(25) % STORED)


def test_a_run_into_cbor(tmp_path: Path) -> None:
    """B189: start, calibration, images, end; calibration by default with more than 4 images."""
    with receiver(CborImageSink, tmp_path) as setup:
        complete(setup, 25)
    start, *between, end = messages_of(tmp_path, "run")
    calibration, images = between[:6], between[6:]
    assert isinstance(start, StartMessage)
    assert isinstance(end, EndMessage)
    assert {type(message) for message in calibration} == {CalibrationMessage}
    values = {
        message.image_id: int(decompress(message.image)[100, 100])
        for message in images
        if isinstance(message, ImageMessage)
    }
    assert values == {number: number % STORED for number in range(25)}
    assert len(images) == 25
    assert (end.images_sent, end.max_image_number) == (25, 25)


@BOTH
def test_a_start_over_existing_files_is_refused(make: MakeSink, tmp_path: Path) -> None:
    """Before the first image; the next run works, and so does the one after it."""
    with receiver(make, tmp_path) as setup:
        complete(setup, 5)
        there = {path: path.read_bytes() for path in tmp_path.iterdir()}
        with pytest.raises(OperationFailed, match=r"run_\w+\.\w+ exists and is left as it is"):
            setup.measurement(images_per_trigger=5).arm()
        assert {path: path.read_bytes() for path in tmp_path.iterdir()} == there
        complete(setup, 5, file_prefix="next", save_calibration=False)


@BOTH
def test_a_start_where_nothing_can_be_written_is_refused(make: MakeSink, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with receiver(make, tmp_path) as setup:
        with pytest.raises(OperationFailed, match="file is a file; expected a directory"):
            setup.measurement(file_prefix="file/run").arm()
        complete(setup, 5)


@BOTH
def test_a_disk_that_gets_full_fails_the_run(make: MakeSink, tmp_path: Path) -> None:
    """What is on disk and what is lost is counted; the next run works when there is room."""
    with small_disk(tmp_path / "disk", 8192) as disk, receiver(make, disk) as setup:
        measurement = setup.measurement(
            images_per_trigger=1000, compression="none", save_calibration=False
        )
        measurement.arm()
        with pytest.raises(WriterLost, match="No space left on device"):
            measurement.run()
        counts = measurement.statistics.snapshot()
        assert counts.images_written is not None
        assert 0 <= counts.images_written <= counts.images_sent < counts.images_collected
        assert counts.images_written < 8
        for path in disk.iterdir():
            path.unlink()
        complete(setup, 5, file_prefix="next", save_calibration=False)


@BOTH
def test_a_cancelled_run_keeps_its_images(make: MakeSink, tmp_path: Path) -> None:
    """B074."""
    with receiver(make, tmp_path) as setup:
        measurement = setup.measurement(images_per_trigger=1_000_000, images_per_file=100_000)
        measurement.arm()
        runner = threading.Thread(target=measurement.run)
        runner.start()
        wait_until(lambda: measurement.statistics.snapshot().images_sent > 5, "images", 60.0)
        measurement.cancel()
        runner.join(60.0)
        assert not runner.is_alive()
    counts = measurement.statistics.snapshot()
    assert counts.images_written == counts.images_sent == counts.images_collected
    if make is CborImageSink:
        assert len(list(tmp_path.glob("*.cbor"))) == counts.images_sent + 8
    else:
        assert sum(images_per_data_file(tmp_path / "run")) == counts.images_sent
