"""A kill between any two writes, or in the middle of one, loses no image that was flushed."""

from collections.abc import Callable
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  (registers the filters images are compressed with)
import numpy as np
import pytest

from jfjoch.nxmx.chunk_layout import ChunkLayout
from jfjoch.nxmx.data_file import DataFile
from jfjoch.nxmx.empty_data_file import EmptyDataFile
from jfjoch.nxmx.image_fields import NUMBER, VALID
from jfjoch.nxmx.interrupted_file import finish_data_file, read_data_file
from jfjoch.nxmx.partial_file import PartialFile
from jfjoch.nxmx.run_records import RunRecords
from tests.helpers.given_analysis import analysed_image, analysed_start
from tests.helpers.order_of_writes import ORDERS, OrderOfWrites
from tests.helpers.recorded_disk import recorded_disk
from tests.helpers.writer_messages import HEIGHT, WIDTH, pixels

IMAGES = 80
WATCHED_FROM = 50
"""HDF5 divides its table of images at the 65th."""
FLUSHED_EACH = 10
START = analysed_start(number_of_images=IMAGES)
LAYOUT = ChunkLayout(HEIGHT, WIDTH, "int16", -32768, "bslz4")
MESSAGES = [analysed_image(number, START, 3) for number in range(IMAGES)]


pytestmark = pytest.mark.usefixtures("writes")


@pytest.fixture(params=ORDERS)
def writes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    order: OrderOfWrites = request.param
    order(monkeypatch)


def in_order() -> list[int]:
    return list(range(IMAGES))


def with_late_images() -> list[int]:
    order = [number for number in range(IMAGES) if number % 9]
    order[60:60] = [0, 9]
    return [*order, 18, 27]


def write_images(file: DataFile, order: list[int]) -> None:
    for index in order:
        file.write(index, MESSAGES[index].image.payload, index)
        file.record(index, MESSAGES[index])
    file.flush()


def assert_whole(path: Path, images: set[int]) -> set[int]:
    """All of these are there, and what else is there is right; all that is there."""
    content = read_data_file(path, is_finished=False)
    found = set(np.flatnonzero(content.valid).tolist())
    assert images <= found
    with h5py.File(path) as file:
        for number in found:
            np.testing.assert_array_equal(file["/entry/data/data"][number], pixels(number))
    return found


def assert_can_be_finished(path: Path, images: set[int]) -> None:
    content = read_data_file(path, is_finished=False)
    finish_data_file(PartialFile(path.with_suffix("")), content, IMAGES)
    with h5py.File(path.with_suffix("")) as file:
        valid, numbers = file[VALID][()], file[NUMBER][()]
        assert images <= set(np.flatnonzero(valid).tolist())
        assert set(numbers[valid == 0].tolist()) <= {-1}
        assert len(file["/entry/data/data"]) == IMAGES
        profiles = file["/entry/azint/image"][()]
        for number in images:
            np.testing.assert_array_equal(file["/entry/data/data"][number], pixels(number))
            np.testing.assert_array_equal(profiles[number], MESSAGES[number].analysis.profile)
    path.with_suffix("").unlink()


@pytest.mark.parametrize("order", [in_order, with_late_images])
def test_while_images_are_written(tmp_path: Path, order: Callable[[], list[int]]) -> None:
    """W016"""
    target = PartialFile(tmp_path / "a.h5")
    file = DataFile(target, EmptyDataFile(LAYOUT, records=RunRecords.of(START)), 0)
    write_images(file, order()[:WATCHED_FROM])
    flushed = set(order()[:WATCHED_FROM])
    flushed_after = {}
    with recorded_disk(target.partial_path) as disk:
        for first in range(WATCHED_FROM, len(order()), FLUSHED_EACH):
            write_images(file, order()[first : first + FLUSHED_EACH])
            flushed_after[len(disk.writes)] = set(order()[: first + FLUSHED_EACH])
    assert list(disk.states())[-1][1] == target.partial_path.read_bytes()
    file.finish(IMAGES)
    left = tmp_path / "left.h5.partial"
    for number, (writes, content) in enumerate(disk.states()):
        flushed = flushed_after.get(writes, flushed)
        left.write_bytes(content)
        assert_whole(left, flushed)
        if number % 7 == 0:
            assert_can_be_finished(left, flushed)


@pytest.mark.parametrize("ending", ["finish", "salvage"])
def test_while_a_file_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    target = PartialFile(tmp_path / "a.h5")
    file = DataFile(target, EmptyDataFile(LAYOUT, records=RunRecords.of(START)), 0)
    came = {number for number in range(66) if number % 5}
    write_images(file, sorted(came))
    file.write(66, MESSAGES[66].image.payload, 66)
    monkeypatch.setattr(PartialFile, "publish", lambda _: None)
    with recorded_disk(target.partial_path) as disk:
        file.finish(IMAGES) if ending == "finish" else file.salvage()
    left = tmp_path / "left.h5.partial"
    for _, content in disk.states():
        left.write_bytes(content)
        assert assert_whole(left, came) in (came, came | {66})


def test_while_a_file_is_recovered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recovering can be killed, too, and begun again."""
    target = PartialFile(tmp_path / "a.h5")
    file = DataFile(target, EmptyDataFile(LAYOUT, records=RunRecords.of(START)), 0)
    came = {number for number in range(70) if number % 4}
    write_images(file, sorted(came))
    partial = tmp_path / "b.h5.partial"
    partial.write_bytes(target.partial_path.read_bytes())
    file.finish(IMAGES)
    monkeypatch.setattr(PartialFile, "publish", lambda _: None)
    with recorded_disk(partial) as disk:
        content = read_data_file(partial, is_finished=False)
        finish_data_file(PartialFile(tmp_path / "b.h5"), content, IMAGES)
    again = tmp_path / "again.h5.partial"
    for _, left in disk.states():
        again.write_bytes(left)
        assert assert_whole(again, came) == came
