"""Images that never came."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from jfjoch.nxmx.empty_data_file import IMAGES
from jfjoch.nxmx.journaled_hdf5 import JournaledHdf5


def fill_gaps(
    hdf5: JournaledHdf5, valid: NDArray[np.uint8], sign_of_life: Callable[[], bool]
) -> None:
    """Write an image of fill values for each 0 in ``valid``, one number per image.

    XDS plugins stop at a chunk that is not there. ``sign_of_life`` is called for each of them;
    False leaves the others as they are: the library shows them as fill values, too. Raises
    OSError when the disk does not take one.
    """
    images = hdf5.file[IMAGES]
    payload = None
    for index in np.flatnonzero(valid == 0):
        if payload is None:
            images[index] = images.fillvalue  # compressed once, by the filter
            payload = images.id.read_direct_chunk((index, 0, 0))[1]
        images.id.write_direct_chunk((index, 0, 0), payload)
        hdf5.check()  # else all of them would wait in memory
        if not sign_of_life():
            return
