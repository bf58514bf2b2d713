"""/entry/image of a data file while it grows."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.nxmx.fields import add_group
from jfjoch.nxmx.image_fields import NUMBER, VALID, ImageFields, create_image_fields, read_numbers
from jfjoch.nxmx.journaled_hdf5 import JournaledHdf5


@pytest.fixture
def hdf5(tmp_path: Path) -> Iterator[JournaledHdf5]:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        add_group(file, "entry", "NXentry")
        create_image_fields(file, 2000)
    with JournaledHdf5(tmp_path / "a.h5") as hdf5:
        yield hdf5


def test_images_in_any_order_flushed_at_any_time(tmp_path: Path, hdf5: JournaledHdf5) -> None:
    """As a list that simply holds them all."""
    rng = np.random.default_rng(1)
    fields = ImageFields(hdf5)
    valid, numbers = np.zeros(2000, np.uint8), np.full(2000, -1, np.int64)
    for index in rng.permutation(2000)[:1500]:
        fields.enter(int(index), int(index) * 3)
        valid[index], numbers[index] = 1, index * 3
        if rng.random() < 0.01:
            fields.flush()
            hdf5.commit()
            with _on_disk(tmp_path) as file:
                length = len(file[VALID])
                assert length >= fields.count
                np.testing.assert_array_equal(file[VALID][()], _longer(valid, length, 0))
                np.testing.assert_array_equal(file[NUMBER][()], _longer(numbers, length, -1))
    fields.grow(2000)
    fields.finish()
    hdf5.commit()
    with _on_disk(tmp_path) as file:
        np.testing.assert_array_equal(file[VALID][()], valid)
        np.testing.assert_array_equal(read_numbers(file, 2000), numbers)


def test_numbers_of_a_file_without_any(tmp_path: Path) -> None:
    """One of an earlier version, or a damaged one."""
    with h5py.File(tmp_path / "b.h5", "w") as other:
        assert read_numbers(other, 3).tolist() == [-1, -1, -1]


def test_growing_by_nothing_but_gaps(hdf5: JournaledHdf5) -> None:
    fields = ImageFields(hdf5)
    fields.grow(600)
    fields.finish()
    assert hdf5.file[VALID][()].tolist() == [0] * 600
    assert hdf5.file[NUMBER][()].tolist() == [-1] * 600


def _on_disk(directory: Path) -> h5py.File:
    return h5py.File(BytesIO((directory / "a.h5").read_bytes()))


def _longer(values: NDArray[np.integer], length: int, filler: int) -> NDArray[np.integer]:
    more = np.full(max(0, length - len(values)), filler, values.dtype)
    return np.concatenate([values, more])[:length]
