"""Files made in memory around arrays that are not copied."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.nxmx.file_in_memory import FileInMemory

ARRAYS = (
    np.arange(40_000, dtype=np.uint32).reshape(200, 200),
    np.linspace(0, 1, 70_001, dtype=np.float32),
    np.arange(12, dtype=np.int16).reshape(3, 4),
    np.zeros((0, 5), np.uint8),
)


@pytest.mark.parametrize("count", range(len(ARRAYS) + 1))
@pytest.mark.parametrize("fields_between", [0, 1, 300])
def test_the_file_is_as_if_the_arrays_had_been_written(
    tmp_path: Path, count: int, fields_between: int
) -> None:
    """Among other fields and groups, before, between and after them."""
    arrays = ARRAYS[:count]
    content = FileInMemory()
    with h5py.File(content, "w") as file:
        _fill(file.create_group("before"), fields_between)
        for number, values in enumerate(arrays):
            content.add_array(file, f"array {number}", values)
            _fill(file.create_group(f"after {number}"), fields_between)
        if arrays:
            file["array 0"].attrs["units"] = "pixel"
            file["link"] = file["array 0"]
    path = tmp_path / "a.h5"
    path.write_bytes(b"".join(content.pieces()))
    with h5py.File(path) as file:
        for number, values in enumerate(arrays):
            field = file[f"array {number}"]
            np.testing.assert_array_equal(field[()], values)
            assert (field.dtype, field.chunks) == (values.dtype, None)
            assert len(file[f"after {number}"]) == fields_between
        assert sorted(file["before"]) == sorted(map(str, range(fields_between)))
        assert all(file["before"][str(n)][0] == n for n in range(fields_between))


def test_the_arrays_are_not_copied() -> None:
    content = FileInMemory()
    with h5py.File(content, "w") as file:
        content.add_array(file, "array", ARRAYS[0])
    assert any(_is_memory_of(piece, ARRAYS[0]) for piece in content.pieces())
    others = [piece for piece in content.pieces() if not _is_memory_of(piece, ARRAYS[0])]
    assert sum(map(len, others)) < 10_000


def test_an_array_in_pieces_in_memory_is_written_whole(tmp_path: Path) -> None:
    every_other = ARRAYS[0][::2, ::3]
    content = FileInMemory()
    with h5py.File(content, "w") as file:
        content.add_array(file, "array", every_other)
    (tmp_path / "a.h5").write_bytes(b"".join(content.pieces()))
    with h5py.File(tmp_path / "a.h5") as file:
        np.testing.assert_array_equal(file["array"][()], every_other)


def _fill(group: h5py.Group, count: int) -> None:
    for number in range(count):
        group.create_dataset(str(number), data=[number] * 50)


def _is_memory_of(piece: memoryview, values: NDArray[np.generic]) -> bool:
    return np.shares_memory(np.frombuffer(piece, np.uint8), values)
