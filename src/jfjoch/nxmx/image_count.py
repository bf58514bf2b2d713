"""How many images a finished run holds."""

from pathlib import Path

import h5py

from jfjoch.nxmx.image_fields import VALID


def count_images(master: Path) -> int:
    """Count, through a master file, the images that its data files hold.

    Each data file says which of its images came; those that never reached the writer read as
    error values and don't count, nor do those of a data file that is not there.

    Raises:
        OSError: the master file, or a data file it points to, can't be read.
    """
    with h5py.File(master, "r") as file:
        return int(file[VALID][()].sum())
