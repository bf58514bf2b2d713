"""Bad runs, bad messages, bad disks: counted, told, and the next run is right (W011)."""

import errno
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from jfjoch.errors import StreamError
from jfjoch.messages.metadata import MetadataMessage
from jfjoch.messages.start import GoniometerAxis, SampleInfo
from jfjoch.writer import data_files
from jfjoch.writer.options import WriterOptions
from tests.helpers.saved_run import files_below, saved_images
from tests.helpers.small_disk import small_disk
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import (
    compressed,
    end_message,
    image_message,
    pixels,
    start_message,
)


@pytest.fixture
def bench(tmp_path: Path) -> WriterBench:
    return WriterBench(tmp_path)


def is_incomplete(master: Path) -> bool:
    """Whether the master file says that the end of the run is missing."""
    with h5py.File(master) as file:
        assert "end_time" not in file["/entry"]
        return bool(file["/entry/instrument/detector/detectorSpecific/incomplete"][()])


def assert_next_run_is_right(bench: WriterBench) -> None:
    start = start_message(3, "next/good", run_number=99)
    bench.feed(start, *[image_message(n, start) for n in range(3)], end_message(start, 3))
    images = saved_images(bench.root / "next" / "good_master.h5")
    np.testing.assert_array_equal(images, np.stack([pixels(n) for n in range(3)]))
    assert bench.reports.ends[-1].ok
    assert bench.reports.ends[-1].images_on_disk == 3


@pytest.mark.parametrize("prefix", ["/abs", "../x", "a/../../b", "..", "a/..", "a\0b", "", "a\\b"])
def test_a_refused_prefix_is_reported_at_once(bench: WriterBench, prefix: str) -> None:
    """W008-W011: its images are taken and counted as lost."""
    start = start_message(12, prefix)
    bench.feed(start)
    (report,) = bench.reports.reports
    assert not report.ok
    assert "file_prefix" in report.error
    bench.feed(*[image_message(n, start) for n in range(12)], end_message(start, 12))
    (end,) = bench.reports.ends
    assert (end.ok, end.images_received, end.images_on_disk) == (False, 12, 0)
    assert end.error == report.error
    assert files_below(bench.root) == set()
    assert_next_run_is_right(bench)


@pytest.mark.parametrize(
    "name",
    ["run_master.h5", "run_data_000001.h5", "run_data_000004.h5", "run_data_000002.h5.partial"],
)
def test_existing_files_are_untouched(bench: WriterBench, name: str) -> None:
    """Refused before the first image, and the file is named."""
    (bench.root / name).write_bytes(b"precious")
    start = start_message(8, images_per_file=2)
    bench.feed(start, image_message(0, start), end_message(start, 1))
    assert not bench.reports.ends[0].ok
    assert name in bench.reports.ends[0].error
    assert files_below(bench.root) == {name}
    assert (bench.root / name).read_bytes() == b"precious"
    assert_next_run_is_right(bench)


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("run_data_000005.h5", {}),
        ("runner_data_000001.h5", {}),
        ("run_master.h5", {"write_master_file": False}),
        ("run_data_000002.h5", {"socket_count": 2, "write_master_file": False}),
    ],
)
def test_files_of_others_are_no_hindrance(
    bench: WriterBench, name: str, plan: dict[str, Any]
) -> None:
    (bench.root / name).write_bytes(b"precious")
    start = start_message(8, images_per_file=2, files=plan)
    bench.feed(start, image_message(0, start), end_message(start, 1))
    assert bench.reports.ends[0].ok
    assert (bench.root / name).read_bytes() == b"precious"


def test_overwrite_where_the_operator_wants_it(tmp_path: Path) -> None:
    bench = WriterBench(tmp_path, WriterOptions(overwrite=True))
    for number, shift in ((1, 0), (2, 5)):
        start = start_message(2, run_number=number)
        images = [replace(image_message(n + shift, start), image_id=n) for n in range(2)]
        bench.feed(start, *images, end_message(start, 2))
    assert [report.ok for report in bench.reports.ends] == [True, True]
    np.testing.assert_array_equal(saved_images(tmp_path / "run_master.h5")[0], pixels(5))


def test_a_directory_that_becomes_a_link_leads_nowhere(tmp_path: Path) -> None:
    """W011: nothing is written out of the root, also if the way out comes during the run."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    bench = WriterBench(root)
    start = start_message(3, "sub/run", images_per_file=1)
    bench.feed(start, image_message(0, start))
    (bench.root / "sub").rename(bench.root / "moved")
    (bench.root / "sub").symlink_to(outside)
    bench.feed(image_message(1, start), image_message(2, start), end_message(start, 3))
    (end,) = bench.reports.ends
    assert (end.ok, end.images_on_disk) == (False, 1)
    assert "has become a link to" in end.error
    assert list(outside.iterdir()) == []
    assert files_below(bench.root / "moved") == {"run_data_000001.h5"}
    assert_next_run_is_right(bench)


def test_a_file_that_came_during_the_run_is_untouched(bench: WriterBench) -> None:
    start = start_message(2)
    bench.feed(start, image_message(0, start))
    (bench.root / "run_data_000001.h5").write_bytes(b"precious")
    bench.feed(image_message(1, start), end_message(start, 2))
    assert not bench.reports.ends[0].ok
    assert "run_data_000001.h5" in bench.reports.ends[0].error
    assert (bench.root / "run_data_000001.h5").read_bytes() == b"precious"
    assert (bench.root / "run_data_000001.h5.partial").exists()
    assert_next_run_is_right(bench)


def test_a_full_disk_fails_the_run_only(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 480) as disk:
        bench = WriterBench(disk)
        start = start_message(100, images_per_file=20, dtype="int32")
        bench.feed(start, *[image_message(n, start, "none") for n in range(100)])
        bench.feed(end_message(start, 100))
        (end,) = bench.reports.ends
        assert not end.ok
        assert f"(errno {errno.ENOSPC})" in end.error
        assert str(disk / "run_data_000002.h5") in end.error
        assert end.images_received == 100
        assert 30 <= end.images_on_disk < 60
        assert files_below(disk) == {"run_data_000001.h5", "run_data_000002.h5.partial"}
        (disk / "run_data_000001.h5").unlink()
        assert_next_run_is_right(bench)


def test_a_directory_that_vanishes_fails_the_run_only(bench: WriterBench) -> None:
    start = start_message(4, "gone/run", images_per_file=1)
    bench.feed(start)
    (bench.root / "gone").rmdir()
    bench.feed(*[image_message(n, start) for n in range(4)], end_message(start, 4))
    assert f"(errno {errno.ENOENT})" in bench.reports.ends[0].error
    assert "gone/run_data_000001.h5" in bench.reports.ends[0].error
    assert_next_run_is_right(bench)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"image_id": 1}, "duplicate"),
        ({"image_id": 4}, "outside the run"),
        ({"image_id": -1}, "outside the run"),
        ({"image_id": 2**70}, "outside the run"),
        ({"original_image_id": -1}, "without an original number"),
        ({"original_image_id": 2**63}, "without an original number"),
        ({"image": compressed(pixels(3, "int32"))}, "not of the form"),
        ({"image": compressed(pixels(3)[:-1])}, "not of the form"),
        ({"image": compressed(pixels(3), "none")}, "not of the form"),
        ({"image": replace(compressed(pixels(3)), payload=b"short")}, "not of the form"),
        ({"image": replace(compressed(pixels(3)), payload=bytes(100))}, "not of the form"),
        ({"image": replace(compressed(pixels(3)), algorithm="gzip")}, "not of the form"),
    ],
)
def test_an_image_that_does_not_fit_is_refused_and_counted(
    bench: WriterBench, bad: dict[str, Any], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    start = start_message(4)
    good = [image_message(n, start) for n in range(4)]
    bench.feed(start, good[0], good[1], replace(good[3], **bad))
    assert bench.service.run is not None
    assert bench.service.run.refusals.total == 1
    assert reason in caplog.text
    bench.feed(good[2], good[3], end_message(start, 4))
    (end,) = bench.reports.ends
    assert (end.ok, end.images_received, end.images_on_disk) == (reason == "duplicate", 5, 4)
    assert (reason in end.error) == (not end.ok)
    images = saved_images(bench.root / "run_master.h5")
    np.testing.assert_array_equal(images, np.stack([pixels(n) for n in range(4)]))


def test_a_run_with_refused_images_says_so_at_its_end(bench: WriterBench) -> None:
    """Reasons and numbers, once all is over; what is there stays, and there is a master file."""
    start = start_message(10, images_per_file=2)
    bench.feed(start, *[image_message(n, start) for n in (0, 1, 2, 2)])
    bench.feed(*[replace(image_message(0, start), image_id=n) for n in range(100, 107)])
    bench.feed(replace(image_message(3, start), image=compressed(pixels(3)[1:])))
    assert all(report.ok for report in bench.reports.reports), "the rest of the run is wanted"
    bench.feed(end_message(start, 4))
    (end,) = bench.reports.ends
    assert end.error == (
        "images refused: 7 outside the run (number 100, 101, 102, 103, 104, ...),"
        " 1 not of the form the start announced (number 3)"
    )
    assert (end.ok, end.images_on_disk) == (False, 3)
    images = saved_images(bench.root / "run_master.h5")
    np.testing.assert_array_equal(images[:3], np.stack([pixels(n) for n in range(3)]))
    assert_next_run_is_right(bench)


def test_an_image_that_came_too_late_is_told(
    bench: WriterBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_files, "MAX_OPEN_FILES", 1)
    start = start_message(6, images_per_file=2)
    bench.feed(start, *[image_message(n, start) for n in (0, 2, 3, 4, 5, 1)])
    bench.feed(end_message(start, 6))
    assert bench.reports.ends[0].error == "images refused: 1 too late (number 1)"
    assert_next_run_is_right(bench)


def test_reasons_are_given_for_abandoned_runs_too(bench: WriterBench) -> None:
    start = start_message(4)
    bench.feed(start, image_message(0, start), replace(image_message(1, start), image_id=9))
    bench.service.close()
    assert bench.reports.ends[0].error == (
        "the writer was stopped before the end of the run came;"
        " images refused: 1 outside the run (number 9)"
    )


def test_a_run_of_which_nothing_came_leaves_no_file(
    bench: WriterBench, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even those of gaps: nothing is known of any image, and the name stays free."""
    start = start_message(3000, images_per_file=1)
    bench.feed(start, end_message(start, 3000))
    (end,) = bench.reports.ends
    assert (end.ok, end.images_received) == (False, 0)
    assert end.error == "none of 3000 images came; no file is made"
    assert "none of 3000 images came" in caplog.text
    assert files_below(bench.root) == set()
    again = start_message(1, run_number=2)
    bench.feed(again, image_message(0, again), end_message(again, 1))
    assert bench.reports.ends[1].ok


def test_a_run_of_which_all_was_refused_leaves_no_file(bench: WriterBench) -> None:
    start = start_message(3, images_per_file=1)
    bad = [replace(image_message(n, start), image=compressed(pixels(n)[1:])) for n in range(3)]
    bench.feed(start, *bad, end_message(start, 3))
    (end,) = bench.reports.ends
    assert end.error.startswith("images refused: 3 not of the form")
    assert files_below(bench.root) == set()


def test_an_image_of_another_writer_is_refused(bench: WriterBench) -> None:
    start = start_message(8, images_per_file=2, files={"socket_count": 2})
    bench.feed(start, image_message(2, start))
    assert bench.service.run is not None
    assert bench.service.run.refusals.count("belongs to another writer") == 1
    assert files_below(bench.root) == set()


def test_other_runs_are_counted_and_told_now_and_then(
    bench: WriterBench, caplog: pytest.LogCaptureFixture
) -> None:
    """Missing start, wrong series: nothing of the present run is touched."""
    stranger = start_message(100, "stranger", run_number=5)
    bench.feed(*[image_message(n, stranger) for n in range(50)], end_message(stranger, 50))
    start = start_message(2)
    bench.feed(start, image_message(0, start), image_message(1, stranger))
    bench.feed(end_message(stranger, 2), image_message(1, start), end_message(start, 2))
    assert bench.service.stray_messages == 53
    assert caplog.text.count("without its start") == 1
    assert "messages of run 5 ('run one')" in caplog.text
    assert "51 messages of other runs were not written" in caplog.text
    assert files_below(bench.root) == {"run_data_000001.h5", "run_master.h5"}
    assert bench.reports.ends[0].images_on_disk == 2


def test_two_foreign_runs_in_turn_do_not_fill_the_log(
    bench: WriterBench, caplog: pytest.LogCaptureFixture
) -> None:
    """One line per 10 s, and one with the number when a run starts."""
    strangers = [start_message(100, f"stranger{n}", run_number=n) for n in (5, 6)]
    for image_id in range(100):
        bench.feed(*[image_message(image_id, stranger) for stranger in strangers])
        bench.now_s += 0.15
    assert bench.service.stray_messages == 200
    bench.feed(start_message(1))
    lines = [record.getMessage() for record in caplog.records if record.levelno > logging.INFO]
    assert len(lines) == 3, lines
    assert lines[2] == "200 messages of other runs were not written"


def test_broken_bytes_are_counted(bench: WriterBench, caplog: pytest.LogCaptureFixture) -> None:
    start = start_message(2)
    bench.feed(StreamError("nonsense"), start, image_message(0, start))
    bench.feed(*[StreamError("nonsense")] * 500, image_message(1, start), end_message(start, 2))
    assert bench.service.broken_messages == 501
    assert caplog.text.count("nonsense") == 1
    assert bench.reports.ends[0].ok


def test_metadata_among_the_images_are_told_and_passed_over(
    bench: WriterBench, caplog: pytest.LogCaptureFixture
) -> None:
    """They belong to another stream."""
    start = start_message(1)
    image = image_message(0, start)
    metadata = MetadataMessage(start.run_number, start.run_name, (image.without_pixels(),))
    bench.feed(start, metadata, image, end_message(start, 1))
    assert bench.service.broken_messages == 1
    assert "metadata can't be written; expected the images" in caplog.text
    assert bench.reports.ends[0].ok


def test_a_start_during_a_run_closes_what_there_is(bench: WriterBench) -> None:
    """The end never came: data files are whole and readable, the master file says so."""
    start = start_message(10, images_per_file=4)
    bench.feed(start, *[image_message(n, start) for n in (0, 1, 5)])
    assert_next_run_is_right(bench)
    first = bench.reports.ends[0]
    assert (first.ok, first.images_on_disk) == (False, 3)
    assert "another run started" in first.error
    assert files_below(bench.root) >= {"run_data_000001.h5", "run_data_000002.h5"}
    assert is_incomplete(bench.root / "run_master.h5")


def test_a_start_that_comes_twice_changes_nothing(bench: WriterBench) -> None:
    start = start_message(3)
    bench.feed(start, image_message(0, start), start, image_message(1, start))
    bench.feed(image_message(2, start), end_message(start, 3))
    assert [(end.ok, end.images_on_disk) for end in bench.reports.ends] == [(True, 3)]


def test_stopped_during_a_run(bench: WriterBench) -> None:
    start = start_message(10)
    bench.feed(start, *[image_message(n, start) for n in (0, 2)])
    bench.service.close()
    assert files_below(bench.root) == {"run_data_000001.h5", "run_master.h5"}
    assert is_incomplete(bench.root / "run_master.h5")
    images = saved_images(bench.root / "run_master.h5")
    assert (images[1] == start.image.error_value).all()
    np.testing.assert_array_equal(images[[0, 2]], [pixels(0), pixels(2)])
    (end,) = bench.reports.ends
    assert (end.ok, end.images_on_disk) == (False, 2)
    assert "stopped" in end.error
    assert [note["nimages"] for note in bench.announced.notes] == [3]


@pytest.mark.parametrize(
    "changes",
    [
        {"number_of_images": 0},
        {"number_of_images": 10**12},
        {"image_time_s": float("nan")},
        {"image_time_s": float("inf")},
        {"image_time_s": -1.0},
        {"images_per_file": -1},
        {"number_of_images": 2_000_001, "images_per_file": 2},
        {"sample": SampleInfo(space_group_number=231)},
        {"goniometer": GoniometerAxis("omega", 1e300, 0.0, (1.0, 0.0, 0.0))},
        {"goniometer": GoniometerAxis("omega", 0.1, -1e10, (1.0, 0.0, 0.0))},
        {"files": {"socket_number": 2, "socket_count": 2}},
        {"files": {"socket_number": -1}},
    ],
)
def test_a_start_with_impossible_numbers(bench: WriterBench, changes: dict[str, Any]) -> None:
    bench.feed(start_message(**changes))
    assert bench.reports.reports[0].error.startswith("start: expected ")
    assert_next_run_is_right(bench)


def test_log_levels(bench: WriterBench, caplog: pytest.LogCaptureFixture) -> None:
    """A good run is told in two lines; refusals warn; only a failing disk is an error."""
    assert_next_run_is_right(bench)
    assert [record.levelno for record in caplog.records] == [logging.INFO] * 2
    bench.feed(start_message(1, "../x"))
    assert caplog.records[-1].levelno == logging.WARNING
