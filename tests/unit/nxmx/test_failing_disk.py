"""A disk that fails now and then: what is told to be on it is there, and HDF5 never crashes."""

import errno
import os
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
from jfjoch.nxmx.growing_dataset import GrowingDataset
from jfjoch.nxmx.image_fields import NUMBER
from jfjoch.nxmx.interrupted_file import finish_data_file, read_data_file
from jfjoch.nxmx.partial_file import PartialFile
from jfjoch.nxmx.run_records import RunRecords
from tests.helpers.given_analysis import analysed_image, analysed_start
from tests.helpers.order_of_writes import ORDERS, OrderOfWrites
from tests.helpers.writer_messages import HEIGHT, WIDTH, pixels

IMAGES = 80
START = analysed_start(number_of_images=IMAGES)
LAYOUT = ChunkLayout(HEIGHT, WIDTH, "int16", -32768, "bslz4")
EMPTY = EmptyDataFile(LAYOUT, records=RunRecords.of(START))
MESSAGES = [analysed_image(number, START, 3) for number in range(IMAGES)]


pytestmark = pytest.mark.usefixtures("writes")


@pytest.fixture(params=ORDERS)
def writes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    order: OrderOfWrites = request.param
    order(monkeypatch)


class FailingDisk:
    """Takes the place of ``os.pwrite`` and ``os.pread``; fails at those calls, counted from 0."""

    def __init__(self, patch: pytest.MonkeyPatch, call: str, fails_at: range) -> None:
        self.calls = 0
        self._real = getattr(os, call)
        self._fails_at = fails_at
        patch.setattr(os, call, self)

    def __call__(self, *arguments: Any) -> Any:
        number = self.calls
        self.calls += 1
        if number in self._fails_at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return self._real(*arguments)


def write(file: DataFile, order: list[int]) -> None:
    """Write until the disk refuses something, and tidy up then."""
    try:
        for place, index in enumerate(order):
            file.write(index, MESSAGES[index].image.payload, index)
            file.record(index, MESSAGES[index])
            if place % 10 == 9:
                file.flush()
        file.finish(IMAGES)
    except FileRefused:
        file.salvage()


def assert_there(path: Path, count: int) -> None:
    """So many images after recovery, or more; each right, and with all that is known of it."""
    partial = path.with_name(path.name + ".partial")
    if partial.exists():
        content = read_data_file(partial, is_finished=False)
        finish_data_file(PartialFile(path), content, IMAGES)
    valid = read_data_file(path, is_finished=True).valid
    assert valid.sum() >= count
    with h5py.File(path) as file:
        for index in np.flatnonzero(valid):
            np.testing.assert_array_equal(file["/entry/data/data"][index], pixels(index))
            assert file[NUMBER][index] == index
            profile = MESSAGES[index].analysis.profile
            np.testing.assert_array_equal(file["/entry/azint/image"][index], profile)


@pytest.mark.parametrize("length", [1, 2, 10**9])
@pytest.mark.parametrize("seed", range(8))
def test_what_is_told_to_be_on_disk_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, length: int
) -> None:
    """Wherever it fails, once, twice or for ever."""
    rng = np.random.default_rng([seed, length])
    order = rng.permutation(IMAGES).tolist() if seed % 2 else list(range(IMAGES))
    target = PartialFile(tmp_path / "a.h5")
    file = DataFile(target, EMPTY, 0)
    first = int(rng.integers(0, 300))
    with monkeypatch.context() as patch:
        FailingDisk(patch, "pwrite", range(first, first + length))
        write(file, order)
        told = file.images_flushed
    if target.path.exists() or target.partial_path.exists():
        assert_there(target.path, told)
    else:
        assert told == 0


@pytest.mark.parametrize("failing", range(110, 170))
def test_one_write_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int) -> None:
    """Any of those of two flushes after the first, and of the images between them."""
    target = PartialFile(tmp_path / "a.h5")
    file = DataFile(target, EMPTY, 0)
    with monkeypatch.context() as patch:
        disk = FailingDisk(patch, "pwrite", range(failing, failing + 1))
        write(file, list(range(IMAGES)))
    assert disk.calls > failing
    assert file.images_flushed >= 10
    assert_there(target.path, file.images_flushed)


@pytest.mark.parametrize("read", range(0, 60, 3))
def test_a_file_that_can_not_be_read_while_it_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: int
) -> None:
    """It is closed, and the next one works."""
    target = PartialFile(tmp_path / "a.h5")
    with monkeypatch.context() as patch:
        disk = FailingDisk(patch, "pread", range(read, 10**9))
        if read < 30:
            with pytest.raises(FileRefused, match=r"a\.h5\.partial"):
                DataFile(target, EMPTY, 0)
            assert not target.partial_path.exists()
            assert disk.calls > read
    target.discard()
    write(DataFile(target, EMPTY, 0), list(range(IMAGES)))
    assert_there(target.path, IMAGES)


def test_hdf5_refuses_an_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those before it are kept."""
    target = PartialFile(tmp_path / "a.h5")
    form = ChunkLayout(512, 512, "int16", -1, "none")
    file = DataFile(target, EmptyDataFile(form), 0)
    store = GrowingDataset.store_chunk

    def refuse(dataset: GrowingDataset, first: int, content: bytes) -> None:
        if first == 2:
            raise RuntimeError("no such luck")
        store(dataset, first, content)

    monkeypatch.setattr(GrowingDataset, "store_chunk", refuse)
    for index in range(2):
        file.write(index, bytes([index]) * (512 * 512 * 2))
    with pytest.raises(FileRefused, match="no such luck"):
        file.write(2, bytes(512 * 512 * 2))
    file.salvage()
    assert file.images_flushed == 2
    with h5py.File(target.partial_path) as stored:
        assert [int(image[0, 0]) for image in stored["/entry/data/data"]] == [0, 0x101]


def test_gaps_do_not_wait_in_memory_for_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more than a MiB of them."""
    target = PartialFile(tmp_path / "a.h5")
    file = DataFile(target, EmptyDataFile(ChunkLayout(1024, 256, "int16", -1, "none")), 0)
    signs: list[bool] = []
    file.write(IMAGES - 1, bytes(1 << 19), IMAGES - 1)
    file.flush()

    def sign() -> bool:
        signs.append(True)
        return True

    FailingDisk(monkeypatch, "pwrite", range(10**9))
    with pytest.raises(FileRefused):
        file.finish(IMAGES, sign)
    assert len(signs) == 1
    file.salvage()


def full_for_images(patch: pytest.MonkeyPatch, least_bytes: int) -> None:
    """Take nothing as large as that."""
    pwrite = os.pwrite

    def full(descriptor: int, content: bytes | memoryview, place: int) -> int:
        if len(content) >= least_bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return pwrite(descriptor, content, place)

    patch.setattr(os, "pwrite", full)


def test_a_late_image_finds_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those behind it stay; its own bytes are not tried again as a change."""
    target = PartialFile(tmp_path / "a.h5")
    image_bytes = (2 << 20) + 2048
    form = ChunkLayout(1025, 1024, "int16", -1, "none")
    file = DataFile(target, EmptyDataFile(form), 0)
    for index in (0, 1, 2, 4, 5):
        file.write(index, bytes([index]) * image_bytes)
    with monkeypatch.context() as patch:
        full_for_images(patch, 1 << 20)
        with pytest.raises(FileRefused, match="errno 28"):
            file.write(3, bytes(image_bytes))
        file.salvage()
    assert file.images_flushed == 5
    valid = read_data_file(target.partial_path, is_finished=False).valid
    assert valid.tolist() == [1, 1, 1, 0, 1, 1]


def test_a_file_whose_images_were_never_flushed_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the run can be repeated."""
    target = PartialFile(tmp_path / "a.h5")
    file = DataFile(target, EMPTY, 0)
    file.write(0, MESSAGES[0].image.payload, 0)
    full_for_images(monkeypatch, 0)
    with pytest.raises(FileRefused, match="errno 28"):
        file.flush()
    file.salvage()
    assert list(tmp_path.iterdir()) == []
