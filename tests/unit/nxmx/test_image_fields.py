"""/entry/image of a data file while it grows."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.nxmx.fields import add_group
from jfjoch.nxmx.image_fields import NUMBER, VALID, ImageFields, create_image_fields, read_numbers


@pytest.fixture
def file(tmp_path: Path) -> h5py.File:
    file = h5py.File(tmp_path / "a.h5", "w")
    add_group(file, "entry", "NXentry")
    create_image_fields(file, 2000)
    return file


def test_images_in_any_order_flushed_at_any_time(file: h5py.File) -> None:
    """As a list that simply holds them all."""
    rng = np.random.default_rng(1)
    fields = ImageFields(file)
    valid, numbers = np.zeros(2000, np.uint8), np.full(2000, -1, np.int64)
    for index in rng.permutation(2000)[:1500]:
        fields.enter(int(index), int(index) * 3)
        valid[index], numbers[index] = 1, index * 3
        if rng.random() < 0.01:
            fields.flush()
            length = len(file[VALID])
            assert length >= fields.count
            np.testing.assert_array_equal(file[VALID][()], _longer(valid, length, 0))
            np.testing.assert_array_equal(file[NUMBER][()], _longer(numbers, length, -1))
    fields.grow(2000)
    fields.finish()
    np.testing.assert_array_equal(file[VALID][()], valid)
    np.testing.assert_array_equal(read_numbers(file, 2000), numbers)
    file.close()


def test_numbers_of_a_file_without_any(tmp_path: Path) -> None:
    """One of an earlier version, or a damaged one."""
    with h5py.File(tmp_path / "b.h5", "w") as other:
        assert read_numbers(other, 3).tolist() == [-1, -1, -1]


def test_growing_by_nothing_but_gaps(file: h5py.File) -> None:
    fields = ImageFields(file)
    fields.grow(600)
    fields.finish()
    assert file[VALID][()].tolist() == [0] * 600
    assert file[NUMBER][()].tolist() == [-1] * 600
    file.close()


def _longer(values: NDArray[np.integer], length: int, filler: int) -> NDArray[np.integer]:
    more = np.full(max(0, length - len(values)), filler, values.dtype)
    return np.concatenate([values, more])[:length]
