"""A data set that gets longer while it is written."""

from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from jfjoch.nxmx.journaled_hdf5 import JournaledHdf5

MOST_CHUNK_ROWS = 512
_NO_CHUNK: tuple[int, int | None] = (-1, None)


class GrowingDataset:
    """Calls HDF5 itself: h5py's own attributes and methods take ten times as long as what they do.

    Chunked, the first axis without limit. Whoever uses it is the only one that changes the
    length. HDF5's errors come as OSError or RuntimeError (SystemError where it can't read); what
    the disk does not take is told by the file.

    It grows by several rows at a time, because HDF5 takes as long for that as for writing a
    small chunk; ``cut`` makes the length exact.
    """

    def __init__(self, hdf5: JournaledHdf5, path: str, step: int | None = None) -> None:
        """Open the data set at that path, from the root of the file.

        ``step``: rows to grow by, those of a chunk unless given.
        """
        self._id = h5py.h5d.open(hdf5.file.id, path.encode())
        self._step = step or self.chunk_rows
        length, *row_shape = self._id.shape
        self._length: int = length
        self._row_shape: tuple[int, ...] = tuple(row_shape)
        self._row_offset = (0,) * len(row_shape)
        self._hdf5 = hdf5
        self._last_chunk = _NO_CHUNK
        """The one that was replaced last, and where it lies in the file, if that is known."""

    @property
    def length(self) -> int:
        """Rows so far."""
        return self._length

    @property
    def chunk_rows(self) -> int:
        """Rows in a chunk."""
        rows: int = self._id.get_create_plist().get_chunk()[0]
        return rows

    def grow(self, length: int) -> None:
        """Make it at least so long."""
        if length > self._length:
            self.cut(-(-length // self._step) * self._step)

    def cut(self, length: int) -> None:
        """Make it exactly so long."""
        if length < self._length:
            self._last_chunk = _NO_CHUNK
        if length != self._length:
            self._id.set_extent((length, *self._row_shape))
            self._length = length

    def store_chunk(self, first: int, content: bytes | memoryview) -> None:
        """Write the chunk that begins at that row, past HDF5's cache and filters."""
        self._id.write_direct_chunk((first, *self._row_offset), content)

    def lend_chunk(self, first: int, content: bytes | memoryview) -> None:
        """As ``store_chunk``, but the bytes are the file's until it gives back that ``first``."""
        self._hdf5.lend(content)
        self.store_chunk(first, content)
        self._hdf5.hand_over(first)

    def replace_rows(self, first: int, chunk: NDArray[Any], changed: range) -> None:
        """Write rows of the chunk that begins at that row, in a data set without filters.

        The first time all of it is written; later those rows go straight to their place in the
        file, which takes a fifth of the time: also without a commit.
        """
        known, place = self._last_chunk
        if first != known:
            self.store_chunk(first, chunk.tobytes())
            self._last_chunk = (first, None)
            return
        if place is None:  # asked for late, as HDF5 looks through all chunks
            stored = self._id.get_chunk_info_by_coord((first, *self._row_offset))
            place = stored.byte_offset
            self._last_chunk = (first, place)
        rows = chunk[changed.start : changed.stop]
        self._hdf5.overwrite(place + changed.start * chunk.strides[0], rows.tobytes())

    def rows(self, first: int, end: int) -> NDArray[Any]:
        """Return what is there of those rows."""
        self._last_chunk = _NO_CHUNK  # HDF5 keeps what it reads until it writes there itself
        rows: NDArray[Any] = h5py.Dataset(self._id)[first:end]
        return rows

    def note(self, name: str, number: int) -> None:
        """Write a number into an attribute that is there."""
        # h5py's own way makes a new attribute and takes five times as long.
        h5py.h5a.open(self._id, name.encode()).write(np.array(number, np.int64))


def create_growing(
    group: h5py.Group, name: str, chunk_shape: tuple[int, ...], dtype: str, missing: float
) -> h5py.Dataset:
    """Make the data set, empty; what is never written in it will read as ``missing``."""
    row_shape = chunk_shape[1:]
    return group.create_dataset(
        name,
        shape=(0, *row_shape),
        maxshape=(None, *row_shape),
        chunks=chunk_shape,
        dtype=dtype,
        fillvalue=missing,
    )
