"""How many images a finished run holds."""

from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401 (registers the bitshuffle filter)
import numpy as np


def count_images(master: Path) -> int:
    """Read every image through a master file and count those that hold a measurement.

    Images that never reached the writer read as the error value in every pixel; they don't count.

    Raises:
        OSError: the master file, or a data file it points to, can't be read.
    """
    with h5py.File(master, "r") as file:
        images = file["/entry/data/data"]
        error_value = file["/entry/instrument/detector/error_value"][()]
        return sum(bool(np.any(images[n] != error_value)) for n in range(len(images)))
