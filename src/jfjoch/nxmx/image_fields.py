"""/entry/image of a data file: which images came, and what they were called."""

import h5py
import numpy as np
from numpy.typing import NDArray

from jfjoch.nxmx.changed_rows import ChangedRows
from jfjoch.nxmx.fields import add_group, set_attribute
from jfjoch.nxmx.growing_dataset import MOST_CHUNK_ROWS, GrowingDataset, create_growing
from jfjoch.nxmx.journaled_hdf5 import JournaledHdf5

VALID = "/entry/image/valid"
NUMBER = "/entry/image/number"
NO_NUMBER = -1
"""Of an image that never came."""


class ImageFields:
    """Grows with the images; on disk after ``flush``, so that a kill does not lose it."""

    def __init__(self, hdf5: JournaledHdf5) -> None:
        """Work on the fields that ``create_image_fields`` has made."""
        self._valid_field = GrowingDataset(hdf5, VALID)
        self._number_field = GrowingDataset(hdf5, NUMBER)
        self._chunk_rows = self._valid_field.chunk_rows
        self._valid = np.zeros(self._chunk_rows, np.uint8)
        self._numbers = np.full(self._chunk_rows, NO_NUMBER, np.int64)
        self._changed = ChangedRows(self._chunk_rows)
        self._count = 0

    @property
    def count(self) -> int:
        """Images so far, gaps included."""
        return self._count

    @property
    def valid(self) -> NDArray[np.uint8]:
        """[count], 1 for an image that came, 0 for a gap."""
        return self._valid[: self._count]

    def grow(self, image_count: int) -> None:
        """Go up to ``image_count`` images; what is new are gaps."""
        self._count = max(self._count, image_count)
        missing = -(-self._count // self._chunk_rows) * self._chunk_rows - len(self._valid)
        if missing > 0:
            more = max(missing, len(self._valid))  # a multiple of the chunk's rows, too
            self._valid = np.concatenate([self._valid, np.zeros(more, np.uint8)])
            self._numbers = np.concatenate([self._numbers, np.full(more, NO_NUMBER, np.int64)])

    def enter(self, index: int, number: int) -> None:
        """Note that an image came, and its number; ``index`` counts from 0 within the file."""
        if index >= self._count:
            self.grow(index + 1)
        self._numbers[index] = number
        self._valid[index] = 1
        self._changed.add(index)

    def withdraw(self, index: int) -> None:
        """Note that an image, entered before, has not come to the disk."""
        self._valid[index] = 0
        self._numbers[index] = NO_NUMBER
        self._changed.add(index)

    def flush(self) -> None:
        """Write what came since the last time; on disk the fields may be longer than that.

        Whole chunks past HDF5's cache, in which they would wait until the file is closed: on a
        full disk HDF5 then crashes.
        """
        self._valid_field.grow(self._count)
        self._number_field.grow(self._count)
        for first, rows in self._changed.take():
            chunk = slice(first, first + self._chunk_rows)
            self._valid_field.replace_rows(first, self._valid[chunk], rows)
            self._number_field.replace_rows(first, self._numbers[chunk], rows)

    def finish(self) -> None:
        """Write everything, and end the fields with the last image."""
        self.flush()
        self._valid_field.cut(self._count)
        self._number_field.cut(self._count)


def create_image_fields(file: h5py.File, most_images: int) -> None:
    """Make the fields, empty, in a data file whose /entry is there; it holds at most so many."""
    group = add_group(file["entry"], "image", "NXcollection")
    rows = min(most_images, MOST_CHUNK_ROWS)
    kinds = (
        (VALID, "uint8", 0, "1 = came, 0 = never came"),
        (NUMBER, "int64", NO_NUMBER, "original image number; -1 = never came"),
    )
    for path, dtype, of_gaps, description in kinds:
        field = create_growing(group, path.rpartition("/")[2], (rows,), dtype, of_gaps)
        set_attribute(field, "description", description)


def read_numbers(file: h5py.File, image_count: int) -> NDArray[np.int64]:
    """Return the numbers in a data file, [image_count]; -1 where none is known."""
    numbers = np.full(image_count, NO_NUMBER, np.int64)
    try:
        known = np.asarray(file[NUMBER][:image_count], np.int64)
    except (KeyError, OSError, RuntimeError):
        return numbers
    numbers[: len(known)] = known
    return numbers
