"""A data file stores the bytes of images unchanged, in any order, with gaps filled."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin  # noqa: F401  (registers the filters images are compressed with)
import numpy as np
import pytest

from jfjoch.errors import FileRefused
from jfjoch.nxmx.chunk_layout import ChunkLayout
from jfjoch.nxmx.data_file import DataFile
from jfjoch.nxmx.empty_data_file import EmptyDataFile
from jfjoch.nxmx.partial_file import PartialFile
from tests.helpers.small_disk import small_disk
from tests.helpers.writer_messages import HEIGHT, WIDTH, compressed, pixels

ERROR_VALUES = {"int16": -32768, "int32": -(2**31), "uint16": 65535}


def layout(dtype: str = "int16", algorithm: str = "bslz4") -> ChunkLayout:
    return ChunkLayout(HEIGHT, WIDTH, dtype, ERROR_VALUES[dtype], algorithm)


def data_file(path: Path, form: ChunkLayout | None = None, first_image: int = 0) -> DataFile:
    return DataFile(PartialFile(path), EmptyDataFile(form or layout()), first_image)


def fill(file: DataFile, form: ChunkLayout, *indices: int) -> None:
    for index in indices:
        file.write(index, compressed(pixels(index, form.dtype), form.algorithm).payload)


def read(path: Path, name: str = "/entry/data/data") -> Any:
    with h5py.File(path) as file:
        return file[name][()]


@pytest.mark.parametrize("dtype", ["int16", "int32", "uint16"])
@pytest.mark.parametrize("algorithm", ["bslz4", "none"])
def test_images_out_of_order_come_back_bit_for_bit(
    tmp_path: Path, dtype: str, algorithm: str
) -> None:
    form = layout(dtype, algorithm)
    file = data_file(tmp_path / "a.h5", form)
    fill(file, form, 2, 0, 3, 1)
    file.finish(4)
    expected = np.stack([pixels(n, dtype) for n in range(4)])
    np.testing.assert_array_equal(read(tmp_path / "a.h5"), expected)
    assert read(tmp_path / "a.h5").dtype == np.dtype(dtype)


def test_the_payload_is_stored_as_it_came(tmp_path: Path) -> None:
    payload = compressed(pixels(0)).payload
    file = data_file(tmp_path / "a.h5")
    file.write(0, memoryview(payload))
    file.finish(1)
    with h5py.File(tmp_path / "a.h5") as stored:
        mask, chunk = stored["/entry/data/data"].id.read_direct_chunk((0, 0, 0))
    assert (mask, chunk) == (0, payload)


@pytest.mark.parametrize("algorithm", ["bslz4", "bszstd", "none"])
@pytest.mark.parametrize("dtype", ["int16", "int32", "uint16"])
def test_gaps_are_real_chunks_of_error_values(tmp_path: Path, dtype: str, algorithm: str) -> None:
    """Neggia stops at a chunk that is not there."""
    file = data_file(tmp_path / "a.h5", layout(dtype, algorithm))
    file.finish(3)
    with h5py.File(tmp_path / "a.h5") as stored:
        images = stored["/entry/data/data"]
        assert images.id.get_num_chunks() == 3
        assert {images.id.get_chunk_info(n).filter_mask for n in range(3)} == {0}
        assert np.all(images[()] == ERROR_VALUES[dtype])


def test_valid_tells_gaps_from_images(tmp_path: Path) -> None:
    form = layout()
    file = data_file(tmp_path / "a.h5")
    fill(file, form, 1, 4)
    file.finish(6)
    assert read(tmp_path / "a.h5", "/entry/image/valid").tolist() == [0, 1, 0, 0, 1, 0]
    images = read(tmp_path / "a.h5")
    np.testing.assert_array_equal(images[4], pixels(4))
    assert np.all(images[[0, 2, 3, 5]] == ERROR_VALUES["int16"])


@pytest.mark.parametrize(
    ("algorithm", "dtype", "parameters"),
    [
        ("bslz4", "int16", (0, 4, 2, 0, 2)),
        ("bslz4", "int32", (0, 4, 4, 0, 2)),
        ("bszstd", "uint16", (0, 4, 2, 0, 3)),
    ],
)
def test_the_filter_has_exactly_five_parameters(
    tmp_path: Path, algorithm: str, dtype: str, parameters: tuple[int, ...]
) -> None:
    """Durin refuses six; neggia reads the last one."""
    data_file(tmp_path / "a.h5", layout(dtype, algorithm)).finish(1)
    with h5py.File(tmp_path / "a.h5") as stored:
        properties = stored["/entry/data/data"].id.get_create_plist()
        assert properties.get_nfilters() == 1
        number, flags, values, _ = properties.get_filter(0)
    assert (number, flags, values) == (32008, h5py.h5z.FLAG_OPTIONAL, parameters)


def test_layout_of_the_data_set(tmp_path: Path) -> None:
    form = layout("int16", "none")
    file = data_file(tmp_path / "a.h5", form, first_image=20)
    fill(file, form, 0, 1)
    file.finish(2)
    with h5py.File(tmp_path / "a.h5") as stored:
        images = stored["/entry/data/data"]
        assert images.chunks == (1, HEIGHT, WIDTH)
        assert images.fillvalue == -32768
        assert images.id.get_create_plist().get_nfilters() == 0
        assert dict(images.attrs) == {"image_nr_low": 21, "image_nr_high": 22}
        assert stored["/entry"].attrs["NX_class"] == "NXentry"
        assert stored["/entry/data"].attrs["NX_class"] == "NXdata"
        assert stored["/entry/data"].attrs["signal"] == "data"
        assert stored["/entry/image"].attrs["NX_class"] == "NXcollection"


def test_flushed_images_survive_the_death_of_the_writer(tmp_path: Path) -> None:
    """What is counted as flushed is readable although the file was never closed."""
    script = (
        "import os, sys; from pathlib import Path; from tests.unit.nxmx.test_data_file import *\n"
        "file = data_file(Path(sys.argv[1])); fill(file, layout(), 0, 1, 2); file.flush()\n"
        "fill(file, layout(), 3); print(file.images_flushed, flush=True); os.kill(os.getpid(), 9)"
    )
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", script, str(tmp_path / "a.h5")]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "3", done.stderr
    images = read(tmp_path / "a.h5.partial")
    np.testing.assert_array_equal(images[:3], np.stack([pixels(n) for n in range(3)]))


def test_counts(tmp_path: Path) -> None:
    form = layout()
    file = data_file(tmp_path / "a.h5")
    fill(file, form, 0, 5)
    assert (file.images_written, file.images_flushed) == (2, 0)
    file.flush()
    assert (file.images_written, file.images_flushed) == (2, 2)
    fill(file, form, 1)
    file.finish(6)
    assert (file.images_written, file.images_flushed) == (3, 3)


@pytest.mark.parametrize("size_kib", [100, 111, 250])
@pytest.mark.parametrize("flush_after", [1, 3])
def test_a_full_disk_keeps_earlier_images_readable(
    tmp_path: Path, size_kib: int, flush_after: int
) -> None:
    """Path and errno are named; the data set ends with the last image that is told to be there.

    Without room even for HDF5's tables, as here (there is no reserve), that is the last flushed.
    """
    form = layout("int32", "none")
    with small_disk(tmp_path / "disk", size_kib) as disk:
        file = data_file(disk / "a.h5", form)
        with pytest.raises(FileRefused, match=r"a\.h5\.partial: No space left .* \(errno 28\)"):
            write_until_refused(file, form, flush_after)
        file.salvage()
        kept = file.images_flushed
        assert kept > 3
        assert kept >= file.images_written - flush_after
        expected = np.stack([pixels(n, "int32") for n in range(kept)])
        np.testing.assert_array_equal(read(disk / "a.h5.partial"), expected)
        assert not (disk / "a.h5").exists()


def write_until_refused(file: DataFile, form: ChunkLayout, flush_after: int) -> None:
    for index in range(100):
        fill(file, form, index)
        if (index + 1) % flush_after == 0:
            file.flush()


@pytest.mark.parametrize("size_kib", [4, 8, 12])
def test_a_file_that_got_no_image_is_not_left_behind(tmp_path: Path, size_kib: int) -> None:
    """So that the run can be repeated once there is room."""
    with small_disk(tmp_path / "disk", size_kib) as disk:
        with pytest.raises(FileRefused, match=r"errno 28"):
            write_first_image(disk / "a.h5")
        assert list(disk.iterdir()) == []


def write_first_image(path: Path) -> None:
    form = layout("int32", "none")
    file = data_file(path, form)
    try:
        fill(file, form, 0)
        file.flush()
    except FileRefused:
        file.salvage()
        raise


def test_files_made_from_one_empty_file_do_not_share_anything(tmp_path: Path) -> None:
    """Each has its own numbers, from the moment it is on disk, as recovering relies on."""
    form = layout()
    empty = EmptyDataFile(form)
    files = [DataFile(PartialFile(tmp_path / f"{n}.h5"), empty, 1000 * n) for n in range(3)]
    for number, file in enumerate(files):
        on_disk = BytesIO((tmp_path / f"{number}.h5.partial").read_bytes())
        with h5py.File(on_disk) as stored:
            attributes = dict(stored["/entry/data/data"].attrs)
        assert attributes == {"image_nr_low": 1000 * number + 1, "image_nr_high": 1000 * number}
        fill(file, form, *range(number + 1))
    for number, file in enumerate(files):
        file.finish(number + 1)
        with h5py.File(tmp_path / f"{number}.h5") as stored:
            images = stored["/entry/data/data"]
            np.testing.assert_array_equal(images, np.stack([pixels(n) for n in range(number + 1)]))
            assert images.attrs["image_nr_high"] == 1001 * number + 1


@pytest.mark.parametrize(
    ("payload_bytes", "whole_pages"), [(600_001, True), (1 << 19, True), (5_001, False)]
)
def test_large_images_begin_with_a_page(
    tmp_path: Path, payload_bytes: int, whole_pages: bool
) -> None:
    """Also after a flush; small ones lie close together, so that little room is wasted."""
    file = data_file(tmp_path / "a.h5", ChunkLayout(1024, 1024, "int16", -1, "bslz4"))
    for index in range(20):
        file.write(index, bytes([index]) * payload_bytes)
        file.flush()
    file.finish(20)
    with h5py.File(tmp_path / "a.h5") as stored:
        images = stored["/entry/data/data"]
        offsets = [images.id.get_chunk_info(index).byte_offset for index in range(20)]
        chunks = [images.id.read_direct_chunk((index, 0, 0))[1] for index in range(20)]
    assert all(offset % 4096 == 0 for offset in offsets) == whole_pages
    assert chunks == [bytes([index]) * payload_bytes for index in range(20)]
    assert (tmp_path / "a.h5").stat().st_size < 20 * (payload_bytes + 4096) + 100_000
