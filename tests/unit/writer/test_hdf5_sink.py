"""Files written inside the broker: those of the writer, and the same words about them."""

import errno
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from jfjoch.errors import Cancelled
from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.ports import Message
from jfjoch.messages.start import StartMessage
from jfjoch.messages.writer_report import WriterReport
from jfjoch.writer.hdf5_sink import Hdf5ImageSink
from tests.helpers.h5_contents import h5_content
from tests.helpers.saved_run import data_files, files_below, saved_images
from tests.helpers.small_disk import small_disk
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import end_message, image_message, pixels, start_message

CALIBRATION = CalibrationMessage(1, "run one", "pedestal_g0", np.ones((512, 1024), np.float32))


class Clock:
    """A time that the test changes."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sink(tmp_path: Path, clock: Clock) -> Iterator[Hdf5ImageSink]:
    with closing(Hdf5ImageSink(tmp_path, clock)) as sink:
        yield sink


def images_on_disk(sink: Hdf5ImageSink) -> list[int]:
    return [report.images_on_disk for report in sink.reports()]


def send_run(sink: Hdf5ImageSink, start: StartMessage, *came: int) -> WriterReport:
    """Give a whole run to the sink; its last report."""
    sink.find_writers(lambda: False)
    sink.start(start)
    assert sink.send_calibration(CALIBRATION, 0.0)
    for image_id in came:
        assert sink.send_image(image_message(image_id, start), 0.0)
    assert sink.end(end_message(start, max(came) + 1), 0.0)
    report = sink.reports()[-1]
    assert report.is_end
    return report


def test_the_files_are_those_of_the_writer(sink: Hdf5ImageSink, tmp_path: Path) -> None:
    """Every group, attribute, data set and link, also where images are missing."""
    start = start_message(20, "dir/run", images_per_file=8)
    came = (*range(5), 7, *range(9, 20))
    assert send_run(sink, start, *came).images_on_disk == len(came)

    (tmp_path / "writer").mkdir()
    bench = WriterBench(tmp_path / "writer")
    messages: list[Message] = [image_message(number, start) for number in came]
    bench.feed(start, CALIBRATION, *messages, end_message(start, 20))
    assert files_below(tmp_path / "dir") == files_below(bench.root / "dir")
    for path in data_files(tmp_path / "dir" / "run"):
        assert h5_content(path) == h5_content(bench.root / "dir" / path.name)
    master = h5_content(tmp_path / "dir" / "run_master.h5")
    assert master == h5_content(bench.root / "dir" / "run_master.h5")
    assert len(master) > 60


def test_an_image_counts_as_written_when_it_is_flushed(sink: Hdf5ImageSink, clock: Clock) -> None:
    """After 10 images or half a second; not when it was taken."""
    start = start_message(20)
    sink.start(start)
    assert images_on_disk(sink) == [0]
    for number in range(9):
        assert sink.send_image(image_message(number, start), 0.0)
        assert images_on_disk(sink) == []
    assert sink.send_image(image_message(9, start), 0.0)
    assert images_on_disk(sink) == [10]
    assert sink.send_image(image_message(10, start), 0.0)
    assert images_on_disk(sink) == []
    clock.now_s += 1.0
    assert images_on_disk(sink) == [11]


def test_a_refused_run_is_told_at_once_and_the_next_one_works(
    sink: Hdf5ImageSink, tmp_path: Path
) -> None:
    (tmp_path / "run_data_000001.h5").write_bytes(b"precious")
    sink.start(start_message(3))
    (report,) = sink.reports()
    assert not report.ok
    assert "run_data_000001.h5 exists" in report.error
    sink.end(end_message(start_message(3), 0), 0.0)
    sink.reports()
    assert send_run(sink, start_message(3, "next", run_number=2), 0, 1, 2).ok
    assert (tmp_path / "run_data_000001.h5").read_bytes() == b"precious"
    np.testing.assert_array_equal(saved_images(tmp_path / "next_master.h5")[2], pixels(2))


def test_a_full_disk_is_reported(tmp_path: Path) -> None:
    """With path and errno; what is there stays readable."""
    with (
        small_disk(tmp_path / "disk", 400) as disk,
        closing(Hdf5ImageSink(disk)) as sink,
    ):
        start = start_message(100, images_per_file=20, dtype="int32")
        sink.start(start)
        for number in range(100):
            assert sink.send_image(image_message(number, start, "none"), 0.0)
        reports = sink.reports()
        assert f"(errno {errno.ENOSPC})" in reports[-1].error
        assert 20 <= reports[-1].images_on_disk < 60


def test_files_are_closed_with_the_sink(tmp_path: Path) -> None:
    sink = Hdf5ImageSink(tmp_path)
    start = start_message(20, images_per_file=3)
    sink.start(start)
    sink.send_image(image_message(1, start), 0.0)
    sink.close()
    sink.close()
    assert files_below(tmp_path) == {"run_data_000001.h5", "run_master.h5"}


def test_a_cancel_before_the_start(sink: Hdf5ImageSink) -> None:
    """B073."""
    with pytest.raises(Cancelled):
        sink.find_writers(lambda: True)
