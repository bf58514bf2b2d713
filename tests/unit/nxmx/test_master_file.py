"""The master file: kind, times, images of all files. Each line matters to some reader."""

import os
import shutil
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  (registers the filters images are compressed with)
import numpy as np
import pytest

from jfjoch.errors import FileRefused
from jfjoch.nxmx.file_prefix import FilePrefix
from jfjoch.nxmx.master_file import write_master_file
from tests.helpers.small_disk import small_disk
from tests.helpers.writer_messages import HEIGHT, WIDTH, pixels, start_message
from tests.unit.nxmx.conftest import SaveRun, finished_run


def text(node: h5py.Dataset) -> str:
    return str(node.asstr()[()])


def test_entry(save_run: SaveRun) -> None:
    with h5py.File(save_run()) as file:
        assert file.attrs["default"] == "entry"
        assert list(file) == ["entry"]
        entry = file["entry"]
        assert entry.attrs["NX_class"] == "NXentry"
        assert entry.attrs["default"] == "data"
        assert text(entry["definition"]) == "NXmx"
        assert text(entry["start_time"]) == "2026-01-02T03:04:05.000Z"
        assert text(entry["end_time"]) == "2026-01-02T03:04:06.000Z"
        assert text(entry["end_time_estimated"]) == "2026-01-02T03:04:05.007Z"


def test_times_are_utc(save_run: SaveRun) -> None:
    """Whatever zone the broker's clock has, also next to the last date there is."""
    zurich = timezone(timedelta(hours=1))
    far = datetime(9999, 12, 31, 23, 30, tzinfo=timezone(timedelta(hours=-1)))
    with h5py.File(
        save_run(arm_date=datetime(2026, 1, 1, 0, 30, tzinfo=zurich), end={"end_date": far})
    ) as file:
        assert text(file["/entry/start_time"]) == "2025-12-31T23:30:00.000Z"
        assert text(file["/entry/end_time"]) == "9999-12-31T23:30:00.000Z"
    assert far.tzinfo is not UTC


def test_attribute_strings_are_ascii_of_variable_length(save_run: SaveRun) -> None:
    """NX_class and units of every node: readers in C compare them as such."""
    kinds = set()

    def collect(name: str, node: h5py.Group | h5py.Dataset) -> None:
        for attribute in ("NX_class", "units", "depends_on", "transformation_type", "signal"):
            if attribute in node.attrs:
                kind = h5py.check_string_dtype(node.attrs.get_id(attribute).dtype)
                kinds.add((kind.encoding, kind.length))

    with h5py.File(save_run()) as file:
        file.visititems(collect)
    assert kinds == {("ascii", None)}


def test_data_shows_all_images(save_run: SaveRun) -> None:
    with h5py.File(save_run()) as file:
        data = file["/entry/data"]
        assert data.attrs["NX_class"] == "NXdata"
        assert data.attrs["signal"] == "data"
        assert data["data"].is_virtual
        assert data["data"].dtype == np.int16
        np.testing.assert_array_equal(data["data"][()], np.stack([pixels(n) for n in range(7)]))


def test_links_name_the_files_in_the_same_folder(save_run: SaveRun) -> None:
    """XDS follows data_000001 ...; names are relative, so that the set can be moved."""
    master = save_run()
    with h5py.File(master) as file:
        data = file["/entry/data"]
        assert sorted(data) == ["data", "data_000001", "data_000002", "data_000003"]
        for number, count in ((1, 3), (2, 3), (3, 1)):
            link = data.get(f"data_{number:06d}", getlink=True)
            assert link.filename == f"run_data_{number:06d}.h5"
            assert link.path == "/entry/data/data"
            assert data[f"data_{number:06d}"].shape == (count, HEIGHT, WIDTH)
        assert {source.file_name for source in data["data"].virtual_sources()} == {
            f"run_data_{number:06d}.h5" for number in (1, 2, 3)
        }


def test_the_set_can_be_moved(
    save_run: SaveRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = save_run()
    moved = tmp_path / "moved"
    moved.mkdir()
    for path in tmp_path.glob("*.h5"):
        shutil.move(path, moved)
    monkeypatch.chdir(os.sep)
    with h5py.File(moved / master.name) as file:
        np.testing.assert_array_equal(file["/entry/data/data"][6], pixels(6))
        np.testing.assert_array_equal(file["/entry/data/data_000003"][0], pixels(6))


@pytest.mark.parametrize("prefix", ["100%b", "größe mit Raum"])
def test_odd_names(save_run: SaveRun, prefix: str) -> None:
    """A percent sign would start a pattern in the name of a virtual data set's file."""
    with h5py.File(save_run(file_prefix=prefix)) as file:
        np.testing.assert_array_equal(file["/entry/data/data"][4], pixels(4))
        np.testing.assert_array_equal(file["/entry/data/data_000002"][1], pixels(4))


def test_gaps_read_as_error_values_and_are_not_valid(save_run: SaveRun) -> None:
    master = save_run(came=(0, 2, 6))
    with h5py.File(master) as file:
        images = file["/entry/data/data"]
        assert images.fillvalue == -32768
        assert np.all(images[[1, 3, 4, 5]] == -32768)
        np.testing.assert_array_equal(images[6], pixels(6))
        assert file["/entry/image"].attrs["NX_class"] == "NXcollection"
        assert file["/entry/image/valid"][()].tolist() == [1, 0, 1, 0, 0, 0, 1]
    (master.parent / "run_data_000001.h5").unlink()
    with h5py.File(master) as file:
        assert np.all(file["/entry/data/data"][:3] == -32768)
        assert file["/entry/image/valid"][()].tolist() == [0, 0, 0, 0, 0, 0, 1]


def test_one_file_for_all(save_run: SaveRun) -> None:
    """W043: images_per_file 0."""
    with h5py.File(save_run(images_per_file=0)) as file:
        assert sorted(file["/entry/data"]) == ["data", "data_000001"]
        assert file["/entry/data/data"].shape == (7, HEIGHT, WIDTH)


def test_nothing_else_looks_like_data_or_detector(save_run: SaveRun) -> None:
    """Readers take the first, or the last, NXdata or NXdetector of the file."""
    classes = []
    with h5py.File(save_run()) as file:
        file.visititems(lambda name, node: classes.append(node.attrs.get("NX_class")))
    assert classes.count("NXdata") == 1
    assert classes.count("NXdetector") == 1


def test_what_is_not_saved(save_run: SaveRun) -> None:
    """W042: run_number, run_name, experiment_group."""
    master = save_run(run_number=987_654_321, run_name="very secret run")
    stored = master.read_bytes()
    assert b"very secret run" not in stored
    assert b"p12345" not in stored
    assert (987_654_321).to_bytes(4, "little") not in stored


def test_an_existing_master_is_untouched(save_run: SaveRun, tmp_path: Path) -> None:
    (tmp_path / "run_master.h5").write_bytes(b"precious")
    with pytest.raises(FileRefused, match=r"run_master\.h5"):
        save_run()
    assert (tmp_path / "run_master.h5").read_bytes() == b"precious"


def test_a_full_disk_leaves_no_half_master(tmp_path: Path) -> None:
    """It could not be read, and it would be in the way of the next try."""
    with small_disk(tmp_path / "disk", 200) as disk:
        run = finished_run(start_message(7, images_per_file=3), tuple(range(7)))
        with pytest.raises(FileRefused, match=r"run_master\.h5\.partial: .*errno 28"):
            write_master_file(FilePrefix(disk, "run"), run)
        assert list(disk.iterdir()) == []
