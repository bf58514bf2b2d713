"""One data file of a run."""

from collections.abc import Callable
from contextlib import suppress

import h5py
import numpy as np

from jfjoch.errors import FileRefused
from jfjoch.nxmx.chunk_layout import ChunkLayout
from jfjoch.nxmx.fields import add_field, add_group, set_attribute
from jfjoch.nxmx.partial_file import PartialFile
from jfjoch.nxmx.storage import writing

IMAGES = "/entry/data/data"
VALID = "/entry/image/valid"


class DataFile:
    """Takes compressed images in any order and stores their bytes unchanged.

    Every method raises FileRefused, naming path and errno, when the disk does not take it; then
    only ``salvage`` may follow. Owns an open file from its construction until ``finish`` or
    ``salvage``.
    """

    def __init__(self, target: PartialFile, layout: ChunkLayout, first_image: int) -> None:
        self._target = target
        self._layout = layout
        self._first_image = first_image
        self._valid = bytearray()
        self._written = 0
        self._flushed = 0
        self._file = target.create()
        try:
            with writing(target.partial_path):
                self._images = self._create_images()
                self._file.flush()  # or a kill before the first image would leave no HDF5 file
        except FileRefused:
            self.salvage()
            raise

    @property
    def images_written(self) -> int:
        """Images that came; gaps not counted."""
        return self._written

    @property
    def images_flushed(self) -> int:
        """Images that a reader finds even if this process is killed now."""
        return self._flushed

    def write(self, index: int, payload: bytes | memoryview) -> None:
        """Store an image that was not here before; ``index`` counts from 0 within the file."""
        with writing(self._target.partial_path):
            self._grow(index + 1)
            self._images.id.write_direct_chunk((index, 0, 0), payload)
        self._valid[index] = 1
        self._written += 1

    def flush(self) -> None:
        """Make all images so far readable even if this process is killed right after."""
        if self._flushed == self._written:
            return
        with writing(self._target.partial_path):
            self._file.flush()
        self._flushed = self._written

    def finish(self, image_count: int, sign_of_life: Callable[[], None] = lambda: None) -> None:
        """Close the file with ``image_count`` images and give it its name.

        Images that never came are written as images of error values, because XDS plugins stop
        at a chunk that is not there. ``sign_of_life`` is called for each of them, and once at
        the end.
        """
        with writing(self._target.partial_path):
            self._grow(image_count)
            self._fill_gaps(sign_of_life)
            self._write_valid()
            self._number_images()
            self._file.close()
        self._flushed = self._written
        self._target.publish()
        sign_of_life()

    def salvage(self) -> None:
        """Close after an error, keeping what came readable under the temporary name.

        A file in which there is no image is removed, so that the run can be repeated.
        """
        with suppress(OSError, RuntimeError):  # what is on disk by now is all there will be
            self._file.close()
        if not self._written:
            self._target.discard()
            return
        with suppress(FileRefused), writing(self._target.partial_path):
            self._shrink()

    def _shrink(self) -> None:
        """End the data set with the last image that came.

        It was made longer for one that then did not fit, and HDF5 can't take that back before
        the file was closed.
        """
        with self._target.reopen() as file:
            file[IMAGES].resize(self._valid.rfind(1) + 1, axis=0)

    def _create_images(self) -> h5py.Dataset:
        set_attribute(self._file, "default", "entry")
        entry = add_group(self._file, "entry", "NXentry")
        set_attribute(entry, "default", "data")
        data = add_group(entry, "data", "NXdata")
        set_attribute(data, "signal", "data")
        images = self._layout.create_dataset(data, "data")
        set_attribute(images, "image_nr_low", np.int64(self._first_image + 1))
        set_attribute(images, "image_nr_high", np.int64(self._first_image))
        return images

    def _grow(self, image_count: int) -> None:
        missing = image_count - len(self._valid)
        if missing > 0:
            self._images.resize(image_count, axis=0)
            self._valid.extend(bytes(missing))

    def _fill_gaps(self, sign_of_life: Callable[[], None]) -> None:
        payload = None
        for index in np.flatnonzero(np.frombuffer(self._valid, np.uint8) == 0):
            if payload is None:
                self._images[index] = self._layout.error_value  # compressed once, by the filter
                payload = self._images.id.read_direct_chunk((index, 0, 0))[1]
            self._images.id.write_direct_chunk((index, 0, 0), payload)
            sign_of_life()

    def _write_valid(self) -> None:
        group = add_group(self._file["entry"], "image", "NXcollection")
        add_field(group, "valid", np.frombuffer(bytes(self._valid), np.uint8))

    def _number_images(self) -> None:
        last = np.int64(self._first_image + len(self._valid))
        self._images.attrs.modify("image_nr_high", last)
