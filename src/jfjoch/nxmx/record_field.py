"""A record of images on its way into a data file."""

from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from jfjoch.nxmx.image_record import ImageRecord, place_of

_MOST_ROWS = 512
_CHUNK_BYTES = 1 << 16
_KEPT_CHUNKS = 2
"""So many stay in memory when all is on disk; images of earlier ones are few and late."""


class RecordField:
    """Grows with the images; on disk after ``flush``, so that a kill does not lose it.

    Memory: the rows since the last flush, and two chunks of at most 64 KiB or one row.
    """

    def __init__(self, file: h5py.File, record: ImageRecord) -> None:
        """Work on the field that ``create_record_field`` has made."""
        self.record = record
        self._dtype = np.dtype(record.dtype)
        self._field = file[record.path]
        self._rows: int = self._field.chunks[0]
        self._chunks: dict[int, NDArray[Any]] = {}
        self._changed: set[int] = set()

    def enter(self, index: int, value: Any) -> None:
        """Note what an image has; ``index`` counts from 0 within the file."""
        number, row = divmod(index, self._rows)
        chunk = self._chunk(number)
        if self.record.row_shape:
            chunk[row, : len(value)] = value
        else:
            chunk[row] = value
        self._changed.add(number)

    def flush(self, image_count: int) -> None:
        """Write what came since the last time; the file holds ``image_count`` images.

        Whole chunks past HDF5's cache, in which they would wait until the file is closed: on a
        full disk HDF5 then crashes.
        """
        if self._field.shape[0] != image_count:
            self._field.resize(image_count, axis=0)
        while self._changed:
            number = self._changed.pop()
            first = (number * self._rows, *(0 for _ in self.record.row_shape))
            self._field.id.write_direct_chunk(first, self._chunks[number].tobytes())
        for number in sorted(self._chunks)[:-_KEPT_CHUNKS]:
            del self._chunks[number]

    def _chunk(self, number: int) -> NDArray[Any]:
        chunk = self._chunks.get(number)
        if chunk is None:
            shape = (self._rows, *self.record.row_shape)
            chunk = np.full(shape, self.record.missing, self._dtype)
            first = number * self._rows
            on_disk = self._field[first : first + self._rows]
            chunk[: len(on_disk)] = on_disk
            self._chunks[number] = chunk
        return chunk


def create_record_field(file: h5py.File, record: ImageRecord, most_images: int) -> None:
    """Make the field, empty, in a data file that is to hold at most so many images."""
    dtype = np.dtype(record.dtype)
    row_bytes = dtype.itemsize * int(np.prod(record.row_shape, dtype=np.int64))
    rows = max(1, min(most_images, _MOST_ROWS, _CHUNK_BYTES // max(row_bytes, 1)))
    group, name = place_of(file, record.path)
    field = group.create_dataset(
        name,
        shape=(0, *record.row_shape),
        maxshape=(None, *record.row_shape),
        chunks=(rows, *record.row_shape),
        dtype=dtype,
        fillvalue=record.missing,
    )
    record.describe(field)
