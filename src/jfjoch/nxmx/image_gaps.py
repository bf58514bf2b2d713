"""Images that never came."""

from collections.abc import Callable

import h5py
import numpy as np
from numpy.typing import NDArray


def fill_gaps(
    images: h5py.Dataset, valid: NDArray[np.uint8], sign_of_life: Callable[[], bool]
) -> None:
    """Write an image of fill values for each 0 in ``valid``, one number per image.

    XDS plugins stop at a chunk that is not there. ``sign_of_life`` is called for each of them;
    False leaves the others as they are: the library shows them as fill values, too.
    """
    payload = None
    for index in np.flatnonzero(valid == 0):
        if payload is None:
            images[index] = images.fillvalue  # compressed once, by the filter
            payload = images.id.read_direct_chunk((index, 0, 0))[1]
        images.id.write_direct_chunk((index, 0, 0), payload)
        if not sign_of_life():
            return
