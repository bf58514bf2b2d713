"""What a run has left on disk, read with h5py alone."""

from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  (registers the filters images are compressed with)
import numpy as np
from numpy.typing import NDArray


def saved_images(master: Path) -> NDArray[np.integer]:
    """Return all images of a run, [images, height, width], through its master file."""
    with h5py.File(master) as file:
        return np.asarray(file["/entry/data/data"][:])


def saved_image_count(master: Path) -> int:
    """Return how many images the master file shows."""
    with h5py.File(master) as file:
        return int(file["/entry/data/data"].shape[0])


def data_files(prefix: Path) -> list[Path]:
    """Return the finished data files of a run in their order."""
    return sorted(prefix.parent.glob(f"{prefix.name}_data_[0-9][0-9][0-9][0-9][0-9][0-9].h5"))


def images_per_data_file(prefix: Path) -> list[int]:
    """Return the number of images in each finished data file."""
    counts = []
    for path in data_files(prefix):
        with h5py.File(path) as file:
            counts.append(int(file["/entry/data/data"].shape[0]))
    return counts


def stored_bytes(prefix: Path) -> int:
    """Return the size of all compressed images of a run."""
    total = 0
    for path in data_files(prefix):
        with h5py.File(path) as file:
            total += int(file["/entry/data/data"].id.get_storage_size())
    return total


def files_below(directory: Path) -> set[str]:
    """Return the relative names of all data and master files, partial ones included."""
    return {str(path.relative_to(directory)) for path in directory.rglob("*.h5*")}
