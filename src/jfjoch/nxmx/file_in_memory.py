"""An HDF5 file that is made in memory, without its large arrays."""

import os
from io import BytesIO

import h5py
import numpy as np
from numpy.typing import NDArray

_LARGE_BYTES = 1 << 16
"""HDF5 gives such an array a place of its own, behind all others."""


class FileInMemory:
    """What h5py writes to in place of a file.

    Large arrays that ``add_array`` puts into the file are not copied: the file has a hole there,
    and ``pieces`` puts them in.
    """

    def __init__(self) -> None:
        self._memory = BytesIO()
        """The file without its holes."""
        self._position = 0
        """In the file."""
        self._holes: list[tuple[int, memoryview]] = []
        """Where in the file each array belongs; in this order."""

    def add_array(self, parent: h5py.Group, name: str, values: NDArray[np.generic]) -> h5py.Dataset:
        """Make a contiguous field; the values must not change until the pieces are used.

        Raises RuntimeError after something was deleted whose place HDF5 then uses again.
        """
        content = np.ascontiguousarray(values)
        if content.nbytes < _LARGE_BYTES:
            return parent.create_dataset(name, data=content)
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_layout(h5py.h5d.CONTIGUOUS)
        properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        properties.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        created = h5py.h5d.create(
            parent.id,
            name.encode(),
            h5py.h5t.py_create(content.dtype, logical=True),
            h5py.h5s.create_simple(content.shape),
            properties,
        )
        self._leave_hole(created.get_offset(), content.data.cast("B"))
        return h5py.Dataset(created)

    def pieces(self) -> list[memoryview]:
        """Return the bytes of the file, once it is closed."""
        memory = self._memory.getbuffer()
        pieces, begin = [], 0
        for at, array in self._holes:
            end = self._without_holes(at)
            pieces += [memory[begin:end], array]
            begin = end
        return [*pieces, memory[begin:]]

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place in the file."""
        origins = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}
        self._position = origins[whence] + offset
        return self._position

    def tell(self) -> int:
        """Return the place in the file."""
        return self._position

    def read(self, size: int) -> bytes:
        """Return bytes of the file that are not in a hole."""
        self._memory.seek(self._without_holes(self._position))
        content = self._memory.read(size)
        self._position += len(content)
        return content

    def write(self, content: memoryview) -> int:
        """Write bytes that are not in a hole."""
        self._memory.seek(self._without_holes(self._position))
        written = self._memory.write(content)
        self._position += written
        return written

    def truncate(self, size: int) -> int:
        """Make the file exactly so long."""
        length = self._without_holes(size)
        missing = length - self._memory.seek(0, os.SEEK_END)
        if missing > 0:
            self._memory.write(bytes(missing))
        self._memory.truncate(length)
        return size

    def flush(self) -> None:
        """Do nothing."""

    def _leave_hole(self, at: int, array: memoryview) -> None:
        if at < self._size:  # where something was that is deleted by now
            raise RuntimeError(f"HDF5 has placed an array at byte {at} of {self._size} in use")
        self._holes.append((at, array))

    @property
    def _size(self) -> int:
        return self._memory.seek(0, os.SEEK_END) + sum(array.nbytes for _, array in self._holes)

    def _without_holes(self, position: int) -> int:
        """Return where in the memory a place in the file is."""
        return position - sum(array.nbytes for at, array in self._holes if at < position)
