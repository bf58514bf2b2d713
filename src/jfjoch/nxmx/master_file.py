"""The master file of a run, group by group."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import h5py

from jfjoch.nxmx.detector import write_detector
from jfjoch.nxmx.fields import add_field, add_group, set_attribute
from jfjoch.nxmx.file_in_memory import FileInMemory
from jfjoch.nxmx.file_prefix import FilePrefix
from jfjoch.nxmx.finished_run import FinishedRun
from jfjoch.nxmx.image_data import write_data, write_image_info
from jfjoch.nxmx.instrument import write_instrument, write_source
from jfjoch.nxmx.master_records import write_records
from jfjoch.nxmx.partial_file import PartialFile
from jfjoch.nxmx.sample import write_sample
from jfjoch.nxmx.storage import writing
from jfjoch.nxmx.user_values import write_user_values


def write_master_file(
    prefix: FilePrefix,
    run: FinishedRun,
    overwrite: bool = False,
    sign_of_life: Callable[[], None] = lambda: None,
) -> None:
    """Write ``<prefix>_master.h5``; the data files need not be there yet.

    ``sign_of_life`` is called for each data file that it points to.

    Raises FileRefused when the name is taken, or, with path
    and errno, when the disk does not take it.
    """
    target = PartialFile(prefix.master_file, overwrite)
    # Made in memory: HDF5 crashes, then or later, when the disk is full while it closes a file.
    content = FileInMemory()
    with writing(target.partial_path), h5py.File(content, "w") as file:
        _write_groups(file, content, run, prefix, sign_of_life)
    target.put(content.pieces())
    target.publish()


def _write_groups(
    file: h5py.File,
    content: FileInMemory,
    run: FinishedRun,
    prefix: FilePrefix,
    sign_of_life: Callable[[], None],
) -> None:
    set_attribute(file, "default", "entry")
    entry = _write_entry(file, run)
    write_source(entry, run.start)
    write_sample(entry, run)
    instrument = write_instrument(entry, run.start)
    write_detector(instrument, run, content)
    write_data(entry, run, prefix, sign_of_life)
    write_image_info(entry, run, prefix, sign_of_life)
    write_user_values(entry, run.start.sample.header_appendix)
    write_records(file, run, prefix, sign_of_life)


def _write_entry(file: h5py.File, run: FinishedRun) -> h5py.Group:
    """NXentry: what kind of file this is, and when the run was."""
    entry = add_group(file, "entry", "NXentry")
    set_attribute(entry, "default", "data")
    add_field(entry, "definition", "NXmx")
    start = run.start
    duration = timedelta(seconds=start.number_of_images * start.image_time_s)
    add_field(entry, "start_time", _iso_utc(start.arm_date))
    if run.end is not None:
        add_field(entry, "end_time", _iso_utc(run.end.end_date))
    add_field(entry, "end_time_estimated", _iso_utc(start.arm_date + duration))
    return entry


def _iso_utc(moment: datetime) -> str:
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:  # a wrong clock in the first or last year there is
        moment = moment.replace(tzinfo=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
