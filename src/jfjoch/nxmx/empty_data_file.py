"""What every data file of a run is before its first image."""

import h5py
import numpy as np

from jfjoch.nxmx.chunk_layout import ChunkLayout
from jfjoch.nxmx.fields import add_group, set_attribute
from jfjoch.nxmx.image_fields import create_image_fields
from jfjoch.nxmx.run_records import RunRecords
from jfjoch.nxmx.start_record import StartRecord

IMAGES = "/entry/data/data"
FIRST_NUMBER = "image_nr_low"
LAST_NUMBER = "image_nr_high"
"""Attributes of the images: numbers in the run, from 1."""
_NO_RECORDS = RunRecords()


class EmptyDataFile:
    """Data files of a run differ by the numbers of their images only, so one is made in memory.

    With many small files making groups and fields would take most of the time.
    """

    def __init__(
        self,
        layout: ChunkLayout,
        start: StartRecord | None = None,
        records: RunRecords = _NO_RECORDS,
    ) -> None:
        self.layout = layout
        self.records = records
        self.content = _make(layout, start, records)
        """Bytes of the HDF5 file; its images are not numbered yet."""


def _make(layout: ChunkLayout, start: StartRecord | None, records: RunRecords) -> bytes:
    with h5py.File("empty", "w", driver="core", backing_store=False) as file:
        _create_images(file, layout)
        create_image_fields(file, records.images_per_file)
        records.create(file)
        if start is not None:
            start.write(file)
        file.flush()
        content: bytes = file.id.get_file_image()
        return content


def _create_images(file: h5py.File, layout: ChunkLayout) -> None:
    set_attribute(file, "default", "entry")
    entry = add_group(file, "entry", "NXentry")
    set_attribute(entry, "default", "data")
    data = add_group(entry, "data", "NXdata")
    set_attribute(data, "signal", "data")
    images = layout.create_dataset(data, "data")
    set_attribute(images, FIRST_NUMBER, np.int64(1))
    set_attribute(images, LAST_NUMBER, np.int64(0))
