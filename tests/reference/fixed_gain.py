"""Gain bits of a fixed gain, pixel by pixel."""

import numpy as np
from numpy.typing import NDArray


def words_of_fixed_g1_as_g0(raw: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return what the conversion of G0 understands, any shape."""
    words = {value: 0xFFFF for value in range(0x10000)}
    for adc in range(1, 0x4000):
        words[0x4000 | adc] = adc
    words[0xC000] = 0xC000
    table = np.array([words[value] for value in range(0x10000)], np.uint16)
    return table[raw]
