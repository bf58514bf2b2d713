"""One data file of a run."""

from collections.abc import Callable
from contextlib import suppress

import numpy as np

from jfjoch.errors import FileRefused
from jfjoch.messages.image import ImageMessage
from jfjoch.nxmx.empty_data_file import FIRST_NUMBER, IMAGES, LAST_NUMBER, EmptyDataFile
from jfjoch.nxmx.growing_dataset import GrowingDataset
from jfjoch.nxmx.image_fields import NO_NUMBER, ImageFields
from jfjoch.nxmx.image_gaps import fill_gaps
from jfjoch.nxmx.partial_file import PartialFile
from jfjoch.nxmx.run_records import RecordFields, RunRecords
from jfjoch.nxmx.storage import writing

_GROWTH_IMAGES = 10
"""As many as come between two flushes; after a flush the file ends with its last image."""


class DataFile:
    """Takes compressed images in any order and stores their bytes unchanged.

    Up to 2 MiB of them are on their way to the disk while it goes on; their bytes must not change
    any more.

    Every method raises FileRefused, naming path and errno, when the disk does not take it; then
    only ``salvage`` may follow. Owns an open file from its construction until ``finish`` or
    ``salvage``.
    """

    def __init__(self, target: PartialFile, empty: EmptyDataFile, first_image: int) -> None:
        """Make the file from an empty one; ``first_image`` counts from 0 over the whole run."""
        self._target = target
        self._first_image = first_image
        self._lent = 0
        """Images on their way."""
        self._stored = 0
        self._flushed = 0
        self._hdf5 = target.create_with(empty.content)
        try:
            with writing(target.partial_path):
                self._begin(empty.records)
        except BaseException:
            self._hdf5.abandon()
            target.discard()
            raise

    @property
    def images_written(self) -> int:
        """Images that came; gaps not counted."""
        return self._stored + self._lent

    @property
    def images_flushed(self) -> int:
        """Images that a reader finds even if this process is killed now."""
        return self._flushed

    def write(self, index: int, payload: bytes | memoryview, number: int = NO_NUMBER) -> None:
        """Store an image that was not here before; ``index`` counts from 0 within the file.

        ``number`` is the one it had before any image was left out.
        """
        with writing(self._target.partial_path):
            self._images.grow(index + 1)
            self._images.lend_chunk(index, payload)
        self._lent += 1
        self._fields.enter(index, number)
        self._take_back(is_all=False)

    def record(self, index: int, image: ImageMessage) -> None:
        """Note what an image says besides its pixels; it was given to ``write``."""
        with writing(self._target.partial_path):
            self._records.enter(index, image)

    def flush(self) -> None:
        """Make all images so far readable even if this process is killed right after."""
        if self._flushed == self.images_written:
            return
        with writing(self._target.partial_path):
            self._fields.flush()
            self._records.flush(self._fields.count)
            self._images.cut(self._fields.count)
            self._hdf5.commit()
        self._take_back()
        self._target.check_present()
        self._flushed = self._stored

    def finish(self, image_count: int, sign_of_life: Callable[[], bool] = lambda: True) -> None:
        """Close the file with ``image_count`` images and give it its name.

        Images that never came are written as images of error values, because XDS plugins stop
        at a chunk that is not there. ``sign_of_life`` is called for each of them, and once at
        the end; when it returns False the others are left as they are.
        """
        self._take_back()
        with writing(self._target.partial_path):
            self._images.cut(image_count)
            self._fields.grow(image_count)
            fill_gaps(self._hdf5, self._fields.valid, sign_of_life)
            self._fields.finish()
            self._records.finish(image_count)
            self._number_images(image_count)
            self._target.check_present()
            self._hdf5.close()
        self._flushed = self._stored
        self._target.publish()
        sign_of_life()

    def salvage(self) -> None:
        """Close after an error, keeping what came readable under the temporary name.

        A file in which there is no image is removed, so that the run can be repeated. One that
        somebody else has removed holds none any more.
        """
        is_gone = self._target.is_gone()
        try:
            with suppress(FileRefused):
                self._take_back()
            if self._stored and not is_gone:
                with suppress(FileRefused), writing(self._target.partial_path):
                    self._keep_all()
        finally:
            self._hdf5.abandon()
        if is_gone:
            self._flushed = 0
        elif not self._flushed and not self._hdf5.is_half_made:
            self._target.discard()

    def _take_back(self, is_all: bool = True) -> None:
        """Count the images that are on the disk; those that it did not take are gone."""
        refused: OSError | None = None
        with writing(self._target.partial_path):
            for index, error in self._hdf5.take_back(is_all):
                self._lent -= 1
                if error is None:
                    self._stored += 1
                else:
                    refused = refused or error
                    self._fields.withdraw(index)
            if refused is not None:
                raise refused

    def _begin(self, records: RunRecords) -> None:
        step = min(_GROWTH_IMAGES, records.images_per_file)
        self._images = GrowingDataset(self._hdf5, IMAGES, step)
        self._fields = ImageFields(self._hdf5)
        self._records = RecordFields(self._hdf5, records)
        self._number_images(0)
        self._hdf5.commit()

    def _keep_all(self) -> None:
        """Commit what came, with a data set that ends with the last image."""
        if self._hdf5.file:
            self._images.cut(int(np.flatnonzero(self._fields.valid)[-1]) + 1)
            self._fields.flush()
            self._records.flush(self._fields.count)
        self._hdf5.commit()
        self._flushed = self._stored

    def _number_images(self, image_count: int) -> None:
        self._images.note(FIRST_NUMBER, self._first_image + 1)
        self._images.note(LAST_NUMBER, self._first_image + image_count)
