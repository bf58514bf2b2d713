"""However many images a stream claims: closing files ends, says what is missing, can be hurried."""

import threading
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  (registers the filters images are compressed with)
import numpy as np
import pytest

from jfjoch.messages.start import StartMessage
from jfjoch.writer import run_files
from jfjoch.writer.signs_of_life import FILLING_S, HASTY_FILLING_S, HASTY_MASTER_S
from tests.helpers.saved_run import files_below, images_per_data_file, saved_images
from tests.helpers.service_process import wait_until
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import end_message, image_message, pixels, start_message

ALL = 100_000_000
"""As many as a start may announce."""


@pytest.fixture
def bench(tmp_path: Path) -> WriterBench:
    return WriterBench(tmp_path)


def incomplete(master: Path) -> bool:
    with h5py.File(master) as file:
        return bool(file["/entry/instrument/detector/detectorSpecific/incomplete"][()])


def claims_all(bench: WriterBench, *came: int, images_per_file: int = 0) -> StartMessage:
    """Start of a run that is to have 10^8 images, and a few of them."""
    start = start_message(ALL, images_per_file=images_per_file, image_time_s=1e-3)
    bench.feed(start, *[image_message(n, start) for n in came])
    return start


@pytest.mark.parametrize("images_per_file", [0, 1000])
def test_a_stream_that_claims_all_images_there_can_be(
    bench: WriterBench, monkeypatch: pytest.MonkeyPatch, images_per_file: int
) -> None:
    """A bounded number of gaps is made; the run is told to be incomplete, the next one is right."""
    monkeypatch.setattr(run_files, "LONGEST_GAP", 2500)
    start = claims_all(bench, 0, 1, images_per_file=images_per_file)
    bench.feed(end_message(start, ALL))
    (end,) = bench.reports.ends
    assert (end.ok, end.images_on_disk) == (False, 2)
    assert f"the last {ALL - 2502} images never came, and have no gap" in end.error
    assert bench.service.monitor.status.message == end.error
    assert sum(images_per_data_file(bench.root / "run")) == 2502
    assert incomplete(bench.root / "run_master.h5")
    again = start_message(1, "next", run_number=2)
    bench.feed(again, image_message(0, again), end_message(again, 1))
    assert bench.reports.ends[-1].ok


def test_an_image_far_ahead_of_the_others_is_refused(bench: WriterBench) -> None:
    """Gaps up to it would take more memory and disk than it is worth."""
    start = claims_all(bench, 0, ALL - 1, 1)
    bench.feed(end_message(start, 2))
    (end,) = bench.reports.ends
    assert f"1 too far ahead of the others (number {ALL - 1})" in end.error
    np.testing.assert_array_equal(
        saved_images(bench.root / "run_master.h5"), np.stack([pixels(0), pixels(1)])
    )


def test_gaps_are_not_filled_for_ever(bench: WriterBench) -> None:
    """What there was no time for reads as error values all the same; nothing that came is lost."""
    start = claims_all(bench, 0, 4000)
    bench.step_time_s = FILLING_S / 1000  # at each look at the clock: up to three per gap
    bench.feed(end_message(start, 4001))
    (end,) = bench.reports.ends
    assert (end.ok, end.error) == (False, "there was no time to fill all gaps")
    images = saved_images(bench.root / "run_master.h5")
    np.testing.assert_array_equal(images[[0, 4000]], [pixels(0), pixels(4000)])
    assert (images[1:4000] == start.image.error_value).all()
    assert incomplete(bench.root / "run_master.h5")
    with h5py.File(bench.root / "run_data_000001.h5") as file:
        assert 300 < file["/entry/data/data"].id.get_num_chunks() < 1100
        assert np.flatnonzero(file["/entry/image/valid"][()]).tolist() == [0, 4000]


def test_files_of_gaps_are_not_made_for_ever(bench: WriterBench) -> None:
    """The master file shows the images up to the last file."""
    start = start_message(4000, images_per_file=2)
    bench.feed(start, image_message(0, start), image_message(7, start))
    bench.step_time_s = FILLING_S / 60
    bench.feed(end_message(start, 4000))
    assert "no time to fill all gaps" in bench.reports.ends[0].error
    files = len(images_per_data_file(bench.root / "run"))
    assert 4 <= files < 100
    images = saved_images(bench.root / "run_master.h5")
    assert len(images) == 2 * files
    np.testing.assert_array_equal(images[[0, 7]], [pixels(0), pixels(7)])
    assert not list(bench.root.glob("*.partial"))


def test_a_writer_that_is_stopped_fills_gaps_for_a_moment_only(bench: WriterBench) -> None:
    """SIGTERM in the middle of a run with many gaps."""
    claims_all(bench, 0, 4000)
    bench.step_time_s = HASTY_FILLING_S / 100
    bench.service.close()
    assert "no time to fill all gaps" in bench.reports.ends[0].error
    images = saved_images(bench.root / "run_master.h5")
    np.testing.assert_array_equal(images[[0, 4000]], [pixels(0), pixels(4000)])


def test_a_signal_ends_the_filling_of_gaps(bench: WriterBench) -> None:
    """It comes while files are being closed."""
    start = claims_all(bench, 0, 4000)
    stopped_at = 20.0
    bench.service.is_stopping = lambda: bench.now_s > stopped_at
    bench.step_time_s = 0.01
    bench.feed(end_message(start, 4001))
    assert stopped_at < bench.now_s < stopped_at + HASTY_FILLING_S + 1.0
    assert "no time to fill all gaps" in bench.reports.ends[0].error


def test_a_cancel_ends_the_filling_of_gaps(bench: WriterBench) -> None:
    """W013: it is answered when all files are closed."""
    start = claims_all(bench, 0, 4000)
    monitor = bench.service.monitor
    answers: list[bool] = []
    asking = threading.Thread(target=lambda: answers.append(monitor.cancel(timeout_s=60.0)))
    asking.start()
    wait_until(lambda: monitor.is_cancel_asked, "the request")
    bench.step_time_s = 0.01
    bench.feed(end_message(start, 4001))
    asking.join()
    assert answers == [True]
    assert bench.now_s < HASTY_FILLING_S + 1.0
    assert files_below(bench.root) == {"run_data_000001.h5", "run_master.h5"}


def test_a_master_file_that_takes_too_long_is_left_to_recovery(bench: WriterBench) -> None:
    """Data files are whole by then."""
    start = start_message(40, images_per_file=1)
    bench.feed(start, *[image_message(n, start) for n in range(40)])
    bench.step_time_s = HASTY_MASTER_S / 30
    bench.service.close()
    assert "no time was left for the master file" in bench.reports.ends[0].error
    assert bench.reports.ends[0].images_on_disk == 40
    assert len(files_below(bench.root)) == 40
    assert not list(bench.root.glob("*master*"))
