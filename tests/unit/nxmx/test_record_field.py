"""A record of images while its data file grows."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import h5py
import numpy as np
import pytest

from jfjoch.messages.image import ImageMessage
from jfjoch.nxmx.image_record import ImageRecord
from jfjoch.nxmx.journaled_hdf5 import JournaledHdf5
from jfjoch.nxmx.run_records import RecordFields, RunRecords

IMAGES, ROWS = 600, 40
"""Fifteen chunks of which two stay in memory."""


@pytest.mark.parametrize("row_shape", [(), (3,)])
@pytest.mark.parametrize("seed", range(4))
def test_images_in_any_order_flushed_at_any_time(
    tmp_path: Path, row_shape: tuple[int, ...], seed: int
) -> None:
    """As an array that simply holds them all; a third of the images come far too late."""
    rng = np.random.default_rng(seed)
    order = [index for index in range(IMAGES) if rng.random() < 0.7]
    late = [int(index) for index in rng.permutation(sorted(set(range(IMAGES)) - set(order)))]
    for index in late:
        order.insert(int(rng.integers(len(order) // 2, len(order))), index)
    expected = np.full((IMAGES, *row_shape), -1, np.int64)
    path = tmp_path / "a.h5"
    with _new_file(path) as hdf5:
        field = _field(hdf5, row_shape)
        length = 0
        for index in order:
            has_any = rng.random() < 0.9
            if has_any:
                expected[index] = rng.integers(1000, size=row_shape)
            field.enter(index, _image(expected[index] if has_any else None))
            length = max(length, index + 1)
            if rng.random() < 0.15:
                field.flush(length)
        field.finish(IMAGES)
        hdf5.commit()
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["/entry/x/values"][()], expected)


def test_what_was_flushed_is_in_the_file_at_once(tmp_path: Path) -> None:
    """Not only after it is closed: another reader sees it, as after a kill."""
    path = tmp_path / "a.h5"
    with _new_file(path) as hdf5:
        field = _field(hdf5, ())
        for index in range(100):
            field.enter(index, _image(np.int64(index)))
            if index % 7 == 6:
                field.flush(index + 1)
                hdf5.commit()
                with h5py.File(_copy(path)) as seen:
                    values = seen["/entry/x/values"][: index + 1]
                np.testing.assert_array_equal(values, np.arange(index + 1))
        field.finish(100)


def _new_file(path: Path) -> JournaledHdf5:
    h5py.File(path, "w").close()
    return JournaledHdf5(path)


def _field(hdf5: JournaledHdf5, row_shape: tuple[int, ...]) -> RecordFields:
    record = ImageRecord(
        "/entry/x/values", "int64", -1, lambda image: cast("Any", image).value, row_shape
    )
    records = RunRecords((record,), images_per_file=ROWS)
    records.create(hdf5.file)
    return RecordFields(hdf5, records)


def _image(value: Any) -> ImageMessage:
    return cast("ImageMessage", SimpleNamespace(value=value))


def _copy(path: Path) -> Path:
    copy = path.with_suffix(".copy")
    copy.write_bytes(path.read_bytes())
    return copy
