"""The same conversion and assembly as one would first write it in Numba: one loop over pixels."""

import numba
import numpy as np
from numpy.typing import NDArray

ERROR, SATURATED = -32768, 32767


@numba.njit(nogil=True)
def convert(
    raw: NDArray[np.uint16],
    pedestal: NDArray[np.float32],
    gain: NDArray[np.float64],
    origins: NDArray[np.int64],
    image: NDArray[np.int16],
) -> None:
    """Convert a frame into an image; multipixels halved, image mirrored.

    raw [modules, 512, 1024]; pedestal and gain (ADU per count) [3, modules, 512, 1024];
    origins [modules, 2]: x and y of the modules before mirroring; image int16 [height, width].
    """
    for module in range(raw.shape[0]):
        for row in range(512):
            for column in range(1024):
                count = _count(raw, pedestal, gain, module, row, column)
                x = origins[module, 0] + column + 2 * (column // 256)
                y = image.shape[0] - 1 - origins[module, 1] - row - 2 * (row // 256)
                _place(count, x, y, row, column, image)


@numba.njit(nogil=True)
def _count(raw, pedestal, gain, module, row, column):  # type: ignore[no-untyped-def]  # Numba infers
    value = raw[module, row, column]
    bits = np.int64(value >> 14)
    if gain[0, module, row, column] == 0:
        return ERROR
    if value == 0xC000:
        return SATURATED
    if value in (0xFFFF, 0x4000) or bits == 2:
        return ERROR
    stage = min(bits, 2)
    dark = pedestal[stage, module, row, column]
    if not dark <= 16383:
        return ERROR
    count = ((value & 0x3FFF) - dark) / gain[stage, module, row, column]
    return min(int(count + 0.5) if count >= 0 else int(count - 0.5), SATURATED)


@numba.njit(nogil=True)
def _place(count, x, y, row, column, image):  # type: ignore[no-untyped-def]  # Numba infers
    right = column % 256 == 255 and column != 1023
    left = column % 256 == 0 and column != 0
    below, above = row == 255, row == 256
    if count not in (ERROR, SATURATED):
        if right or left:
            count = int(count / 2)
        if below or above:
            count = int(count / 2)
    image[y, x] = count
    dx = 1 if right else -1
    # The image is mirrored: what is below in the module is above in the image.
    dy = -1 if below else 1
    if right or left:
        image[y, x + dx] = count
    if below or above:
        image[y + dy, x] = count
        if right or left:
            image[y + dy, x + dx] = count
