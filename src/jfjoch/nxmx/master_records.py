"""The records of all data files of a run, shown in its master file."""

from collections.abc import Callable

import h5py

from jfjoch.nxmx.file_prefix import FilePrefix
from jfjoch.nxmx.finished_run import FinishedRun
from jfjoch.nxmx.image_data import map_files
from jfjoch.nxmx.image_record import place_of
from jfjoch.nxmx.run_records import RunRecords


def write_records(
    file: h5py.File, run: FinishedRun, prefix: FilePrefix, sign_of_life: Callable[[], None]
) -> None:
    """Write virtual data sets over the data files; what is missing there reads as missing."""
    records = RunRecords.of(run.start)
    for record in records.records:
        group, name = place_of(file, record.path)
        layout = h5py.VirtualLayout((run.image_count, *record.row_shape), record.dtype)
        map_files(layout, record.path, run, prefix, sign_of_life)
        field = group.create_virtual_dataset(name, layout, fillvalue=record.missing)
        record.describe(field)
    records.write_constants(file)
