"""Messages of the stream as files, one each, in the order sent."""

import errno
import itertools
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from jfjoch.errors import Cancelled, InvalidInput, WriterLost, WriterMissing
from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.start import SampleInfo, StartMessage
from jfjoch.stream.cbor.calibration import encode_calibration
from jfjoch.stream.cbor.end import encode_end
from jfjoch.stream.cbor.image import encode_image
from jfjoch.stream.cbor.start_encoder import encode_start
from jfjoch.writer.cbor_sink import CborImageSink
from tests.helpers.small_disk import small_disk
from tests.helpers.writer_messages import end_message, image_message, start_message

CALIBRATION = CalibrationMessage(1, "run one", "pedestal_g0", np.ones((512, 1024), np.float32))


@pytest.fixture
def sink(tmp_path: Path) -> CborImageSink:
    return CborImageSink(tmp_path)


def send_run(sink: CborImageSink, start: StartMessage, images: int) -> None:
    sink.find_writers(lambda: False)
    sink.start(start)
    for number in range(images):
        assert sink.send_image(image_message(number, start), 0.0)
    assert sink.end(end_message(start, images), 0.0)


def send_until_lost(sink: CborImageSink, start: StartMessage) -> None:
    for number in itertools.count():
        sink.send_image(image_message(number, start, "none"), 0.0)


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_every_message_is_a_file_as_it_would_be_sent(sink: CborImageSink, tmp_path: Path) -> None:
    """B189: in the order sent, whatever the numbers of the images."""
    start = start_message(3, "dir/run")
    sink.start(start)
    assert sink.send_calibration(CALIBRATION, 0.0)
    for number in (2, 0):
        assert sink.send_image(image_message(number, start), 0.0)
    assert sink.end(end_message(start, 3), 0.0)
    written = [path.read_bytes() for path in sorted((tmp_path / "dir").iterdir())]
    assert written == [
        encode_start(start),
        encode_calibration(CALIBRATION),
        encode_image(image_message(2, start), start.arm_date),
        encode_image(image_message(0, start), start.arm_date),
        encode_end(end_message(start, 3)),
    ]
    assert names(tmp_path / "dir") == [f"run_{number:06d}.cbor" for number in range(5)]


def test_images_are_written_as_soon_as_they_are_taken(sink: CborImageSink) -> None:
    start = start_message(3)
    sink.start(start)
    (first,) = sink.reports()
    assert (first.ok, first.is_end, first.images_on_disk) == (True, False, 0)
    assert sink.reports() == []
    sink.send_image(image_message(0, start), 0.0)
    sink.send_image(image_message(1, start), 0.0)
    assert [report.images_on_disk for report in sink.reports()] == [2]
    sink.end(end_message(start, 2), 0.0)
    (end,) = sink.reports()
    assert (end.ok, end.is_end, end.images_on_disk, end.run_name) == (True, True, 2, "run one")
    assert end.free_bytes > 0


@pytest.mark.parametrize(
    "name", ["run_000000.cbor", "run_000123.cbor", "run_1000000.cbor", "run_000004.cbor.partial"]
)
def test_existing_messages_are_untouched(sink: CborImageSink, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"precious")
    with pytest.raises(WriterMissing, match=f"{name} exists and is left as it is"):
        sink.start(start_message(3))
    assert names(tmp_path) == [name]
    assert (tmp_path / name).read_bytes() == b"precious"
    send_run(sink, start_message(2, "next"), 2)
    assert len(list(tmp_path.glob("next_*.cbor"))) == 4


@pytest.mark.parametrize("name", ["runner_000000.cbor", "run_00.cbor", "run_data_000001.h5"])
def test_files_of_others_are_no_hindrance(sink: CborImageSink, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"precious")
    send_run(sink, start_message(2), 1)
    assert (tmp_path / name).read_bytes() == b"precious"


@pytest.mark.parametrize("prefix", ["/abs", "../x", "a/../../b", "..", "", "file/x", "link/x"])
def test_no_file_is_written_where_none_may_be(
    sink: CborImageSink, tmp_path: Path, prefix: str
) -> None:
    """W008-W011, as for the writer."""
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path.parent)
    with pytest.raises(WriterMissing):
        sink.start(start_message(3, prefix))
    assert names(tmp_path) == ["file", "link"]


def test_a_run_without_an_image_can_be_repeated(sink: CborImageSink, tmp_path: Path) -> None:
    send_run(sink, start_message(3), 0)
    assert names(tmp_path) == []
    send_run(sink, start_message(3), 1)
    assert len(names(tmp_path)) == 3


def test_an_appendix_that_cannot_be_sent_leaves_nothing(
    sink: CborImageSink, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match="header_appendix"):
        sink.start(start_message(sample=SampleInfo(header_appendix=2**70)))
    assert names(tmp_path) == []


def test_a_full_disk_ends_the_run(tmp_path: Path) -> None:
    """What is under a final name is whole, and counted; nothing follows it."""
    with small_disk(tmp_path / "disk", 400) as disk:
        sink = CborImageSink(disk)
        start = start_message(100, dtype="int32")
        sink.start(start)
        with pytest.raises(WriterLost, match=rf"run_\d+\.cbor.*\(errno {errno.ENOSPC}\)"):
            send_until_lost(sink, start)
        taken = len(names(disk)) - 1
        assert taken > 10
        with pytest.raises(WriterLost):
            sink.end(end_message(start, taken), 0.0)
        (report,) = sink.reports()
        assert (report.ok, report.is_end, report.images_on_disk) == (False, True, taken)
        assert names(disk) == [f"run_{number:06d}.cbor" for number in range(taken + 1)]
        assert (disk / f"run_{taken:06d}.cbor").read_bytes() == encode_image(
            image_message(taken - 1, start, "none"), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        )


def test_a_file_that_came_during_the_run_is_untouched(sink: CborImageSink, tmp_path: Path) -> None:
    start = start_message(3)
    sink.start(start)
    (tmp_path / "run_000001.cbor").write_bytes(b"precious")
    with pytest.raises(WriterLost, match=r"run_000001\.cbor"):
        sink.send_image(image_message(0, start), 0.0)
    assert (tmp_path / "run_000001.cbor").read_bytes() == b"precious"


def test_a_cancel_before_the_start(sink: CborImageSink) -> None:
    """B073."""
    with pytest.raises(Cancelled):
        sink.find_writers(lambda: True)
