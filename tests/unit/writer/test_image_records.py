"""What the analysis has found, and how images came in: in data files and through the master."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin  # noqa: F401  (registers the filters images are compressed with)
import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.messages.analysis import ImageAnalysis, Lattice, RoiResult, SpotList
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import AnalysisPlan, StartMessage
from jfjoch.model.roi import RoiDefinitions
from jfjoch.writer.recovery import recover
from tests.helpers.given_analysis import (
    BIN_TO_Q,
    MAX_SPOTS,
    analysed_image,
    analysed_start,
    analysis,
    spot_list,
)
from tests.helpers.independent_readers import assert_readers_agree
from tests.helpers.saved_run import data_files
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import end_message, image_message, start_message

SPOT_COLUMNS = {
    "peakXPosRaw": "x_pxl",
    "peakYPosRaw": "y_pxl",
    "peakTotalIntensity": "intensity",
    "peakIndexed": "indexed",
}


@pytest.fixture
def bench(tmp_path: Path) -> WriterBench:
    return WriterBench(tmp_path)


def spots_of(number: int) -> int:
    """A number of spots for each image, the most there can be in image 3."""
    return MAX_SPOTS if number == 3 else number


def write_run(bench: WriterBench, start: StartMessage, came: Iterable[int], last: int) -> Path:
    """Write a run whose image n has ``analysis(n, spots_of(n))``; its master file."""
    images = [analysed_image(n, start, spots_of(n)) for n in came]
    bench.feed(start, *images, end_message(start, last))
    assert [report.ok for report in bench.reports.ends] == [True]
    return bench.root / "run_master.h5"


def read(path: Path, name: str) -> Any:
    with h5py.File(path) as file:
        return file[name][()]


def expected_row(found: ImageAnalysis, column: str) -> NDArray[Any]:
    assert found.spots is not None
    row = np.zeros(MAX_SPOTS, np.float32)
    row[: len(found.spots)] = getattr(found.spots, column)
    return row


@pytest.mark.parametrize("images_per_file", [0, 3])
def test_spots_and_lattices(bench: WriterBench, images_per_file: int) -> None:
    """W039: CXI lists of spots; a gap has none. In whatever order images come."""
    start = analysed_start(images_per_file=images_per_file)
    came = (8, 0, 3, 2, 7)
    master = write_run(bench, start, came, 9)
    counts = [spots_of(n) if n in came else 0 for n in range(9)]
    for group in ("/entry/MX", "/opt/MX"):
        assert read(master, f"{group}/nPeaks").tolist() == counts
    assert read(master, "/entry/MX/nPeaks").dtype == np.int32
    for name, column in SPOT_COLUMNS.items():
        rows = read(master, f"/entry/MX/{name}")
        assert rows.shape == (9, MAX_SPOTS)
        for n in range(9):
            row = expected_row(analysis(n, spots_of(n)), column) if n in came else 0
            np.testing.assert_array_equal(rows[n], row, f"{name} of image {n}")
    indexed = [int(n in came and n % 2 == 0) for n in range(9)]
    assert read(master, "/entry/MX/imageIndexed").tolist() == indexed
    lattices = read(master, "/entry/MX/latticeIndexed")
    for n in range(9):
        lattice = np.arange(n, n + 9, dtype=np.float32) if indexed[n] else np.full(9, np.nan)
        np.testing.assert_array_equal(lattices[n], lattice)
    strong = [10 * n if n in came else -1 for n in range(9)]
    assert read(master, "/entry/MX/strongPixels").tolist() == strong
    found = [spots_of(n) + 1 if n in came else -1 for n in range(9)]
    assert read(master, "/entry/MX/spotCount").tolist() == found
    background = [2.0 + n if n in came else np.nan for n in range(9)]
    np.testing.assert_array_equal(read(master, "/entry/MX/bkgEstimate"), background)


def test_profiles_regions_and_reception(bench: WriterBench) -> None:
    """Everything else that is known of an image, its gaps filled with what means nothing."""
    start = analysed_start(images_per_file=2, pulsed=True)
    images = [
        replace(
            analysed_image(n, start),
            pulse_id=2**40 + n,
            event_code=None if n == 3 else n,
            receiver_delay=n,
            packets_received=64,
        )
        for n in (0, 1, 3)
    ]
    bench.feed(start, *images, end_message(start, 4))
    master = bench.root / "run_master.h5"
    nan = np.nan
    np.testing.assert_array_equal(read(master, "/entry/azint/bin_to_q"), BIN_TO_Q)
    np.testing.assert_array_equal(
        read(master, "/entry/azint/image"),
        np.array([[0.5, nan, 7], [1.5, nan, 7], [nan, nan, nan], [3.5, nan, 7]], np.float32),
    )
    fields = {
        "roi/beam/sum": [100, 101, 0, 103],
        "roi/beam/sum_sq": [2**40, 2**40 + 1, 0, 2**40 + 3],
        "roi/beam/max": [50, 51, 0, 53],
        "roi/beam/npixel": [16, 16, 0, 16],
        "roi/__1/sum": [0, -1, 0, -3],
        "roi/__1/max": [-1, -1, 0, -1],
        "roi/__1_2/npixel": [0, 0, 0, 0],
        "roi/__1/name": "ü/1".encode(),
        "roi/__1_2/name": "ü-1".encode(),
        "xfel/pulseID": [2**40, 2**40 + 1, -1, 2**40 + 3],
        "xfel/eventCode": [0, 1, -1, -1],
        "image/valid": [1, 1, 0, 1],
        "image/efficiency": [0.5, 0.5, 0, 0.5],
        "image/packets_expected": [128, 128, 0, 128],
        "image/packets_received": [64, 64, 0, 64],
        "image/delay": [0, 1, 0, 3],
    }
    for name, values in fields.items():
        assert np.asarray(read(master, f"/entry/{name}")).tolist() == values, name
    np.testing.assert_allclose(read(master, "/entry/image/time"), [0, 0.001, nan, 0.003])
    with h5py.File(master) as file:
        assert file["/entry/azint/bin_to_q"].attrs["units"] == "1/angstrom"
        assert file["/entry/image/time"].attrs["units"] == "s"


def test_each_data_file_stands_for_itself(bench: WriterBench) -> None:
    """Programs that are given a data file find the spots there, also by the link."""
    write_run(bench, analysed_start(images_per_file=4), range(6), 6)
    first, second = data_files(bench.root / "run")
    assert read(first, "/opt/MX/nPeaks").tolist() == [0, 1, 2, MAX_SPOTS]
    assert read(second, "/opt/MX/nPeaks").tolist() == [4, 5]
    np.testing.assert_array_equal(read(second, "/entry/azint/bin_to_q"), BIN_TO_Q)
    with h5py.File(second) as file:
        assert isinstance(file.get("/opt/MX", getlink=True), h5py.SoftLink)


def test_readers_see_a_valid_file(bench: WriterBench) -> None:
    """W038: nxvalidate finds no error; silx, nxmx, fabio and h5py agree."""
    master = write_run(bench, analysed_start(images_per_file=3, pulsed=True), (0, 1, 4, 5), 6)
    assert_readers_agree(master)


def test_without_an_analysis_there_are_no_groups_for_it(bench: WriterBench) -> None:
    start = analysed_start(analysis=AnalysisPlan())
    master = write_run(bench, start, range(2), 2)
    for path in (master, *data_files(bench.root / "run")):
        with h5py.File(path) as file:
            assert {"MX", "azint", "roi", "xfel"}.isdisjoint(file["entry"])
            assert "opt" not in file
            assert file["/entry/image/packets_received"][()].tolist() == [128, 128]


def test_images_nobody_has_looked_at_are_like_gaps(bench: WriterBench) -> None:
    start = analysed_start()
    images = [image_message(0, start), analysed_image(1, start)]
    bench.feed(start, *images, end_message(start, 2))
    master = bench.root / "run_master.h5"
    assert read(master, "/entry/image/valid").tolist() == [1, 1]
    assert read(master, "/entry/MX/nPeaks").tolist() == [0, 4]
    assert read(master, "/entry/MX/strongPixels").tolist() == [-1, 10]
    assert np.isnan(read(master, "/entry/azint/image")[0]).all()


def odd_analysis(spots: SpotList) -> ImageAnalysis:
    """What does not go with the start: spots, bins and regions."""
    return ImageAnalysis(
        profile=np.ones(7, np.float32),
        rois=(RoiResult("other", 1, 1, 1, 1), RoiResult("ü/1", -(2**80), 2**80, None, 1)),
        spots=spots,
        spot_count=2**63 - 1,
    )


def test_results_that_do_not_go_with_the_start(bench: WriterBench) -> None:
    """The image is saved all the same; of too many spots the first are."""
    start = analysed_start()
    spots = spot_list(MAX_SPOTS + 50)
    image: ImageMessage = replace(image_message(0, start), analysis=odd_analysis(spots))
    bench.feed(start, image, end_message(start, 1))
    assert bench.reports.ends[0].ok
    master = bench.root / "run_master.h5"
    assert read(master, "/entry/MX/nPeaks").tolist() == [MAX_SPOTS]
    np.testing.assert_array_equal(read(master, "/entry/MX/peakXPosRaw")[0], spots.x_pxl[:MAX_SPOTS])
    assert read(master, "/entry/MX/spotCount").tolist() == [2**63 - 1]
    assert np.isnan(read(master, "/entry/azint/image")).all()
    assert read(master, "/entry/roi/beam/sum").tolist() == [0], "no result under this name"
    assert read(master, "/entry/roi/__1/sum").tolist() == [-(2**63)]
    assert read(master, "/entry/roi/__1/sum_sq").tolist() == [2**63 - 1]


def test_late_images_join_those_that_are_on_disk(bench: WriterBench) -> None:
    """Long after the chunk of records they belong to has been written, and left memory."""
    start = analysed_start(number_of_images=2000)
    late = (5, 700)
    on_time = [n for n in range(1500) if n not in late]
    images = [analysed_image(n, start, n % 3) for n in (*on_time, *late)]
    bench.feed(start, *images, end_message(start, 1500))
    master = bench.root / "run_master.h5"
    assert read(master, "/entry/MX/nPeaks").tolist() == [n % 3 for n in range(1500)]
    assert read(master, "/entry/MX/strongPixels").tolist() == [10 * n for n in range(1500)]
    rows = read(master, "/entry/MX/peakYPosRaw")
    for n in (4, 5, 6, 700, 701, 1499):
        np.testing.assert_array_equal(rows[n], expected_row(analysis(n, n % 3), "y_pxl"))


def test_records_of_a_killed_writer_are_recovered(bench: WriterBench, tmp_path: Path) -> None:
    """What was flushed with the images is in the files that --recover makes."""
    start = analysed_start(number_of_images=100, images_per_file=15)
    bench.feed(start, *[analysed_image(n, start, 2) for n in range(20)])
    left = tmp_path / "left"
    left.mkdir()
    for path in tmp_path.glob("run_*"):
        (left / path.name).write_bytes(path.read_bytes())
    bench.service.close()
    list(recover(left))
    master = left / "run_master.h5"
    assert read(master, "/entry/MX/nPeaks").tolist() == [2] * 20
    assert read(master, "/entry/roi/beam/sum").tolist() == [100 + n for n in range(20)]


def test_regions_with_names_alike(bench: WriterBench) -> None:
    """Each has its own group, although names in files have fewer characters."""
    names = ("a__2", "a-", "a+", "a__2_", "a_")
    circles = [{"name": n, "center_x_pxl": 5, "center_y_pxl": 5, "radius_pxl": 2} for n in names]
    rois = RoiDefinitions.model_validate({"box": {"rois": []}, "circle": {"rois": circles}})
    start = start_message(1, analysis=AnalysisPlan(rois=rois))
    results = tuple(RoiResult(name, n, n, n, 1) for n, name in enumerate(names))
    image = replace(image_message(0, start), analysis=ImageAnalysis(rois=results))
    bench.feed(start, image, end_message(start, 1))
    with h5py.File(bench.root / "run_master.h5") as file:
        groups = file["/entry/roi"].values()
        found = {group["name"][()].decode(): group["sum"][()].tolist() for group in groups}
    assert found == {name: [n] for n, name in enumerate(names)}


def test_numbers_too_large_for_their_field(bench: WriterBench) -> None:
    """They are infinite in the file, as in any conversion to 32 bits."""
    start = analysed_start()
    lattice: Lattice = (1e300, 0.0, 0.0, 0.0, -1e300, 0.0, 0.0, 0.0, 1.0)
    found = analysed_image(0, start, 2).analysis
    assert found.indexing is not None
    indexing = replace(found.indexing, indexed=True, lattice=lattice)
    image = replace(image_message(0, start), analysis=replace(found, indexing=indexing))
    bench.feed(start, image, end_message(start, 1))
    assert bench.reports.ends[0].ok
    row = read(bench.root / "run_master.h5", "/entry/MX/latticeIndexed")[0]
    assert row.tolist() == [np.inf, 0, 0, 0, -np.inf, 0, 0, 0, 1]
