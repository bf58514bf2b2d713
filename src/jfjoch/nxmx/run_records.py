"""All records of a run, and how they get into its data files."""

from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage
from jfjoch.nxmx.azint import azint_constants, azint_records
from jfjoch.nxmx.image_record import ImageRecord, RunConstant, place_of
from jfjoch.nxmx.journaled_hdf5 import JournaledHdf5
from jfjoch.nxmx.mx import MX, MX_LINK, mx_records
from jfjoch.nxmx.reception import reception_records, xfel_records
from jfjoch.nxmx.record_field import RecordField, create_record_field
from jfjoch.nxmx.roi import roi_constants, roi_records


@dataclass(frozen=True, slots=True)
class RunRecords:
    """What the start of a run says that its files hold."""

    records: tuple[ImageRecord, ...] = ()
    constants: tuple[RunConstant, ...] = ()
    images_per_file: int = 1
    """At most."""

    @classmethod
    def of(cls, start: StartMessage) -> "RunRecords":
        """Return the records of a run."""
        return cls(
            (
                *reception_records(),
                *mx_records(start),
                *azint_records(start),
                *roi_records(start),
                *xfel_records(start),
            ),
            (*azint_constants(start), *roi_constants(start)),
            start.files.images_per_file or start.number_of_images,
        )

    def create(self, file: h5py.File) -> None:
        """Make the fields, empty, and write what is the same for all images."""
        for record in self.records:
            create_record_field(file, record, self.images_per_file)
        self.write_constants(file)

    def write_constants(self, file: h5py.File) -> None:
        """Write what is the same for all images."""
        for constant in self.constants:
            constant.write(file)
        if any(record.path.startswith(MX) for record in self.records):
            group, name = place_of(file, MX_LINK)
            group[name] = h5py.SoftLink(MX)


class RecordFields:
    """The records of the images of one data file."""

    def __init__(self, hdf5: JournaledHdf5, records: RunRecords) -> None:
        """Work on the fields that ``RunRecords.create`` has made."""
        self._fields = [RecordField(hdf5, record) for record in records.records]
        self._numbers = [field for field in self._fields if field.is_number]
        self._rows = [field for field in self._fields if not field.is_number]
        self._new: list[tuple[int, list[Any]]] = []
        """Index and numbers of images; they wait, as many are entered in less time than one by one.

        Rows don't: they may hold the memory of a whole message.
        """

    def enter(self, index: int, image: ImageMessage) -> None:
        """Note what an image says; ``index`` counts from 0 within the file."""
        self._new.append((index, [field.value(image) for field in self._numbers]))
        if self._rows:
            with np.errstate(over="ignore"):  # what is too large for its type becomes infinite
                for field in self._rows:
                    field.enter_row(index, image)

    def flush(self, image_count: int) -> None:
        """Write what came since the last time; the file holds ``image_count`` images."""
        with np.errstate(over="ignore"):
            self._enter_numbers()
            for field in self._fields:
                field.flush(image_count)

    def finish(self, image_count: int) -> None:
        """Write everything; the file holds exactly ``image_count`` images."""
        with np.errstate(over="ignore"):
            self._enter_numbers()
            for field in self._fields:
                field.finish(image_count)

    def _enter_numbers(self) -> None:
        new, self._new = self._new, []
        if not new:
            return
        indices, numbers = zip(*new, strict=True)
        for field, column in zip(self._numbers, zip(*numbers, strict=True), strict=True):
            field.enter_numbers(indices, column)


def resize_records(file: h5py.File, image_count: int) -> None:
    """Give all that grows with the images of a data file as many rows as it has images."""

    def resize(_: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset) and item.maxshape and item.maxshape[0] is None:
            item.resize(image_count, axis=0)

    file["entry"].visititems(resize)
