"""The writing service: runs that go as they should. Real files, messages from memory."""

from pathlib import Path
from typing import Any

import h5py
import hdf5plugin  # noqa: F401  (registers the filters images are compressed with)
import numpy as np
import pytest

from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.start import StartMessage
from jfjoch.writer import data_files
from tests.helpers.saved_run import files_below, images_per_data_file, saved_images
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import end_message, image_message, pixels, start_message


def take_run(bench: WriterBench, start: StartMessage, *came: int, last: int | None = None) -> None:
    """Feed a whole run: start, the images in this order, end."""
    count = max(came, default=-1) + 1 if last is None else last
    images = [image_message(n, start) for n in came]
    bench.feed(start, *images, end_message(start, count))


def expected(count: int, came: tuple[int, ...], dtype: str = "int16", error: int = -32768) -> Any:
    images = np.stack([pixels(n, dtype) for n in range(count)])
    images[[n for n in range(count) if n not in came]] = error
    return images


def open_files() -> int:
    """Descriptors of this process."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.fixture
def bench(tmp_path: Path) -> WriterBench:
    return WriterBench(tmp_path)


@pytest.mark.parametrize(
    ("images_per_file", "in_files"),
    [(0, [10]), (1, [1] * 10), (3, [3, 3, 3, 1]), (5, [5, 5]), (10, [10]), (1000, [10])],
)
@pytest.mark.parametrize("order", [range(10), (9, 3, 4, 0, 1, 8, 2, 7, 5, 6)])
def test_images_per_file(
    bench: WriterBench, tmp_path: Path, images_per_file: int, in_files: list[int], order: Any
) -> None:
    """W035, W043: files of equal length but the last, whatever the order of the images."""
    take_run(bench, start_message(10, images_per_file=images_per_file), *order)
    assert images_per_data_file(tmp_path / "run") == in_files
    images = saved_images(tmp_path / "run_master.h5")
    np.testing.assert_array_equal(images, expected(10, tuple(range(10))))
    assert bench.reports.ends[0].ok


@pytest.mark.parametrize(
    ("dtype", "error"), [("int16", -32768), ("int32", -(2**31)), ("uint16", 65535)]
)
@pytest.mark.parametrize("algorithm", ["bslz4", "none"])
def test_gaps(bench: WriterBench, tmp_path: Path, dtype: str, error: int, algorithm: str) -> None:
    """Lost images read as error values, also a whole file of them, up to the last image."""
    start = start_message(20, images_per_file=3, dtype=dtype)
    came = (0, 2, 9, 10)
    images = [image_message(n, start, algorithm) for n in came]
    bench.feed(start, *images, end_message(start, 13))
    assert images_per_data_file(tmp_path / "run") == [3, 3, 3, 3, 1]
    np.testing.assert_array_equal(
        saved_images(tmp_path / "run_master.h5"), expected(13, came, dtype, error)
    )
    with h5py.File(tmp_path / "run_master.h5") as file:
        assert np.flatnonzero(file["/entry/image/valid"][()]).tolist() == list(came)
        assert file["/entry/instrument/detector/detectorSpecific/nimages_written"][()] == 4


def test_files_after_the_last_image_are_not_made(bench: WriterBench, tmp_path: Path) -> None:
    take_run(bench, start_message(100, images_per_file=4), 0, 1, 2, 3, 4)
    assert images_per_data_file(tmp_path / "run") == [4, 1]


def test_a_complete_file_is_closed_at_once(bench: WriterBench, tmp_path: Path) -> None:
    start = start_message(6, images_per_file=2)
    bench.feed(start, *[image_message(n, start) for n in (0, 2, 1)])
    assert files_below(tmp_path) == {"run_data_000001.h5", "run_data_000002.h5.partial"}


def test_no_master_where_none_is_wanted(bench: WriterBench, tmp_path: Path) -> None:
    """W043."""
    take_run(bench, start_message(2, files={"write_master_file": False}), 0, 1)
    assert files_below(tmp_path) == {"run_data_000001.h5"}


def test_a_run_without_images_leaves_its_name_free(bench: WriterBench, tmp_path: Path) -> None:
    """A run cancelled before its first image can be repeated under its name."""
    take_run(bench, start_message(5))
    assert files_below(tmp_path) == set()
    take_run(bench, start_message(5, run_number=2), 0, 1)
    assert [report.ok for report in bench.reports.ends] == [True, True]
    assert len(saved_images(tmp_path / "run_master.h5")) == 2


def test_angles_follow_the_original_numbers(bench: WriterBench, tmp_path: Path) -> None:
    start = start_message(4)
    images = [image_message(n, start, original_image_id=o) for n, o in ((0, 2), (1, 5), (3, 9))]
    bench.feed(start, *images, end_message(start, 4))
    with h5py.File(tmp_path / "run_master.h5") as file:
        angles = file["/entry/sample/transformations/omega"][()]
    np.testing.assert_allclose(angles, [10.2, 10.5, 10.6, 10.9])


def test_calibration_goes_to_the_master(bench: WriterBench, tmp_path: Path) -> None:
    start = start_message(1)
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    names = ("pedestal_g0", "../../escaped", "pedestal_g0")
    arrays = [CalibrationMessage(1, "run one", name, array) for name in names]
    bench.feed(start, *arrays, image_message(0, start), end_message(start, 1))
    with h5py.File(tmp_path / "run_master.h5") as file:
        calibration = file["/entry/instrument/detector/calibration"]
        assert sorted(calibration) == ["______escaped", "pedestal_g0"]
        np.testing.assert_array_equal(calibration["pedestal_g0"], array)


def test_several_writers_share_a_run(tmp_path: Path) -> None:
    """Each makes its own files, also those that got nothing; the first makes the master."""
    benches = [WriterBench(tmp_path) for _ in range(2)]
    starts = [
        start_message(
            12,
            images_per_file=2,
            files={"socket_number": n, "socket_count": 2, "write_master_file": n == 0},
        )
        for n in range(2)
    ]
    for bench, start in zip(benches, starts, strict=True):
        bench.feed(start)
    came = (0, 1, 2, 4, 5, 8)
    for image_id in came:
        socket = (image_id // 2) % 2
        benches[socket].feed(image_message(image_id, starts[socket]))
    benches[0].feed(end_message(starts[0], 9))
    benches[1].feed(end_message(starts[1], 9))
    assert images_per_data_file(tmp_path / "run") == [2, 2, 2, 2, 1]
    np.testing.assert_array_equal(saved_images(tmp_path / "run_master.h5"), expected(9, came))
    assert [bench.reports.ends[0].images_on_disk for bench in benches] == [5, 1]
    assert [bench.reports.ends[0].socket_number for bench in benches] == [0, 1]
    with h5py.File(tmp_path / "run_master.h5") as file:
        specific = file["/entry/instrument/detector/detectorSpecific"]
        assert "nimages_written" not in specific, "this writer knows only its own"


def test_a_writer_that_got_nothing_makes_its_files(tmp_path: Path) -> None:
    bench = WriterBench(tmp_path)
    plan = {"socket_number": 1, "socket_count": 2, "write_master_file": False}
    take_run(bench, start_message(6, images_per_file=2, files=plan), last=5)
    assert files_below(tmp_path) == {"run_data_000002.h5"}


def test_many_files_with_gaps_do_not_stay_open(
    bench: WriterBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_files, "MAX_OPEN_FILES", 3)
    start = start_message(40, images_per_file=2)
    bench.feed(start)
    before = open_files()
    for image_id in range(0, 40, 2):
        bench.feed(image_message(image_id, start))
        assert open_files() - before <= 3 + 1  # and the reserve
    bench.feed(image_message(1, start), image_message(39, start), end_message(start, 40))
    came = (*range(0, 40, 2), 39)
    np.testing.assert_array_equal(saved_images(tmp_path / "run_master.h5"), expected(40, came))
    assert bench.reports.ends[0].images_on_disk == len(came)


def test_a_last_file_closed_early_has_no_more_images_than_the_run(
    bench: WriterBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_files, "MAX_OPEN_FILES", 1)
    take_run(bench, start_message(5, images_per_file=3), 3, 0, 1, 2, last=5)
    assert images_per_data_file(tmp_path / "run") == [3, 2]
    np.testing.assert_array_equal(
        saved_images(tmp_path / "run_master.h5"), expected(5, (0, 1, 2, 3))
    )


def test_no_calibration_no_group(bench: WriterBench, tmp_path: Path) -> None:
    take_run(bench, start_message(1), 0)
    with h5py.File(tmp_path / "run_master.h5") as file:
        assert "calibration" not in file["/entry/instrument/detector"]


def test_nothing_stays_open(bench: WriterBench, tmp_path: Path) -> None:
    before = open_files()
    for number in range(3):
        take_run(bench, start_message(6, f"run{number}", 2, run_number=number), 0, 3, 5)
        assert open_files() == before
    bench.service.close()
    assert bench.reports.closed == 1
