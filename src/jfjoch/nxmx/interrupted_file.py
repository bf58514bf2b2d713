"""Data files as a killed writer left them."""

import errno
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from jfjoch.errors import FileInUse, FileRefused
from jfjoch.model.plan import LONGEST_RUN_IMAGES
from jfjoch.nxmx.empty_data_file import FIRST_NUMBER, IMAGES, LAST_NUMBER
from jfjoch.nxmx.image_fields import NO_NUMBER, NUMBER, VALID, create_image_fields, read_numbers
from jfjoch.nxmx.image_gaps import fill_gaps
from jfjoch.nxmx.journal import finish_changes
from jfjoch.nxmx.partial_file import PartialFile
from jfjoch.nxmx.run_records import resize_records
from jfjoch.nxmx.start_record import read_start_record
from jfjoch.nxmx.storage import reason


@dataclass(frozen=True, slots=True, eq=False)
class DataFileContent:
    """What can be read in a data file, finished or not."""

    valid: NDArray[np.uint8]
    """[images], 1 for each image that is there, up to the last one of them or of the file."""
    numbers: NDArray[np.int64]
    """[images], number of each before any was left out; -1 = not known."""
    start_message: bytes
    """Encoded start of the run; b"" = not known."""

    @property
    def image_count(self) -> int:
        """Images that are there; gaps not counted."""
        return int(self.valid.sum())


def read_data_file(path: Path, is_finished: bool) -> DataFileContent:
    """Read what is in a data file, after making the last changes of an unfinished one.

    Each image of an unfinished file is read and decompressed; one that can't be counts as not
    there. Raises FileInUse for a file that a running process writes, FileRefused, saying why,
    for one that can't be read.
    """
    try:
        if not is_finished:
            finish_changes(path)
        with h5py.File(path, "r") as file:
            valid = np.asarray(file[VALID][()]) if is_finished else _present(file)
            return DataFileContent(valid, read_numbers(file, len(valid)), read_start_record(file))
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, OSError) and error.errno in (errno.EAGAIN, errno.EACCES):
            raise FileInUse(f"{path} is being written, or must not be read") from error
        raise FileRefused(f"{path} can't be read: {reason(error)}") from error


def finish_data_file(target: PartialFile, content: DataFileContent, image_count: int) -> None:
    """Make an unfinished file one of ``image_count`` images, gaps filled in, under its name.

    Raises FileRefused; the file then keeps its temporary name.
    """
    valid = np.zeros(image_count, np.uint8)
    known = content.valid[:image_count]
    valid[: len(known)] = known
    try:
        with target.reopen() as hdf5:
            hdf5.commit()  # cuts off what was never committed
            images = hdf5.file[IMAGES]
            images.resize(image_count, axis=0)
            fill_gaps(hdf5, valid, lambda: True)
            _write_valid(hdf5.file, valid)
            images.attrs.modify(LAST_NUMBER, images.attrs[FIRST_NUMBER] - 1 + image_count)
            hdf5.close()
    except (OSError, RuntimeError, SystemError, KeyError, TypeError, ValueError) as error:
        raise FileRefused(f"{target.partial_path} can't be finished: {reason(error)}") from error
    target.publish()


def _images_of(file: h5py.File) -> h5py.Dataset:
    """Raises KeyError where there is something else than a stack of images."""
    images = file[IMAGES]
    is_stack = isinstance(images, h5py.Dataset) and images.ndim == 3 and images.chunks is not None
    if not is_stack or len(images) > LONGEST_RUN_IMAGES:
        raise KeyError(f"{IMAGES} is no stack of images")
    return images


def _present(file: h5py.File) -> NDArray[np.uint8]:
    """1 for each image that came and can be read; gaps may be filled in already."""
    images = _images_of(file)
    came = _came(file, len(images))
    valid = np.array([came[n] and _is_readable(images, n) for n in range(len(images))], np.uint8)
    present = np.flatnonzero(valid)
    return valid[: present[-1] + 1 if len(present) else 0]


def _came(file: h5py.File, image_count: int) -> NDArray[np.bool_]:
    came = np.ones(image_count, np.bool_)
    with suppress(KeyError, OSError, RuntimeError):  # what is not known may have come
        known = file[VALID][:image_count]
        came[: len(known)] = known != 0
    return came


def _is_readable(images: h5py.Dataset, index: int) -> bool:
    try:
        if images.id.get_chunk_info_by_coord((index, 0, 0)).byte_offset is None:
            return False
        images[index]
    except (OSError, RuntimeError, ValueError):
        return False
    return True


def _write_valid(file: h5py.File, valid: NDArray[np.uint8]) -> None:
    if VALID not in file:  # a file of an earlier version
        create_image_fields(file, len(valid))
    resize_records(file, len(valid))
    file[VALID][:] = valid
    file[NUMBER][:] = np.where(valid, file[NUMBER][:], NO_NUMBER)
