"""A record of images on its way into a data file."""

from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from jfjoch.messages.image import ImageMessage
from jfjoch.nxmx.changed_rows import ChangedRows
from jfjoch.nxmx.growing_dataset import MOST_CHUNK_ROWS, GrowingDataset, create_growing
from jfjoch.nxmx.image_record import ImageRecord, place_of
from jfjoch.nxmx.journaled_hdf5 import JournaledHdf5

_CHUNK_BYTES = 1 << 16
_KEPT_CHUNKS = 2
"""So many stay in memory when all is on disk; images of earlier ones are few and late."""


class RecordField:
    """Grows with the images; on disk after ``flush``, so that a kill does not lose it.

    Memory: what came since the last flush, and two chunks of at most 64 KiB or one row.
    """

    def __init__(self, hdf5: JournaledHdf5, record: ImageRecord) -> None:
        """Work on the field that ``create_record_field`` has made."""
        self._value = record.value
        self._missing = record.missing
        self._dtype = np.dtype(record.dtype)
        self._row_shape = record.row_shape
        self._field = GrowingDataset(hdf5, record.path)
        self._chunk_rows = self._field.chunk_rows
        self._chunks: dict[int, NDArray[Any]] = {}
        self._changed = ChangedRows(self._chunk_rows)
        self._present: NDArray[Any] = np.empty(0)
        self._present_rows = range(0)
        """The chunk that takes images now, and its rows."""

    @property
    def is_number(self) -> bool:
        """Whether an image has one number; else it has a row of them."""
        return not self._row_shape

    def value(self, image: ImageMessage) -> Any:
        """What an image has; None for nothing."""
        return self._value(image)

    def enter_row(self, index: int, image: ImageMessage) -> None:
        """Note the row of an image, if it has any; ``index`` counts from 0 within the file."""
        value = self._value(image)
        if value is not None:
            row = self._row_of(index)
            self._present[row, : len(value)] = value

    def enter_numbers(self, indices: tuple[int, ...], numbers: tuple[Any, ...]) -> None:
        """Note numbers of several images; None where one has none."""
        first, end = indices[0], indices[0] + len(indices)
        row = self._row_of(first)
        is_run = end <= self._present_rows.stop and indices == tuple(range(first, end))
        if is_run and None not in numbers:  # takes a fifth of the time
            self._present[row : row + len(indices)] = numbers
            self._changed.add(indices[-1])
            return
        for index, number in zip(indices, numbers, strict=True):
            if number is not None:
                row = self._row_of(index)
                self._present[row] = number

    def flush(self, image_count: int) -> None:
        """Write what came since the last time; the file holds ``image_count`` images or more.

        On disk the field may be longer than that. Whole chunks past HDF5's cache, in which they
        would wait until the file is closed: on a full disk HDF5 then crashes.
        """
        self._field.grow(image_count)
        for first, rows in self._changed.take():
            self._field.replace_rows(first, self._chunks[first // self._chunk_rows], rows)
        for number in sorted(self._chunks)[:-_KEPT_CHUNKS]:
            del self._chunks[number]
        self._present_rows = range(0)

    def finish(self, image_count: int) -> None:
        """Write everything, and end the field with the last of ``image_count`` images."""
        self.flush(image_count)
        self._field.cut(image_count)

    def _row_of(self, index: int) -> int:
        """Turn to the chunk of an image, and return the row in it."""
        if index not in self._present_rows:
            self._turn_to(index // self._chunk_rows)
        self._changed.add(index)
        return index - self._present_rows.start

    def _turn_to(self, number: int) -> None:
        self._present = self._chunk(number)
        self._present_rows = range(number * self._chunk_rows, (number + 1) * self._chunk_rows)

    def _chunk(self, number: int) -> NDArray[Any]:
        chunk = self._chunks.get(number)
        if chunk is None:
            shape = (self._chunk_rows, *self._row_shape)
            chunk = np.full(shape, self._missing, self._dtype)
            first = number * self._chunk_rows
            if first < self._field.length:
                on_disk = self._field.rows(first, first + self._chunk_rows)
                chunk[: len(on_disk)] = on_disk
            self._chunks[number] = chunk
        return chunk


def create_record_field(file: h5py.File, record: ImageRecord, most_images: int) -> None:
    """Make the field, empty, in a data file that is to hold at most so many images."""
    dtype = np.dtype(record.dtype)
    row_bytes = dtype.itemsize * int(np.prod(record.row_shape, dtype=np.int64))
    rows = max(1, min(most_images, MOST_CHUNK_ROWS, _CHUNK_BYTES // max(row_bytes, 1)))
    group, name = place_of(file, record.path)
    chunk_shape = (rows, *record.row_shape)
    field = create_growing(group, name, chunk_shape, record.dtype, record.missing)
    record.describe(field)
