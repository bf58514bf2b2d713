"""Frames of a JUNGFRAU whose gain is fixed to G1.

The conversion is fast for pixels whose gain bits are 00. With a fixed gain they are 01 in every
pixel, so the bits are changed first, and the tables of G0 hold pedestal and gain of G1.
"""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel

_G1 = np.uint16(0x4000)
_G1_ADC_VALUES = np.uint16(0x3FFF)
"""1 ... 0x3FFF; ADC 0 means that nothing was converted."""
_SATURATED = np.uint16(0xC000)
_NO_DATA = np.uint16(0xFFFF)


@kernel
def g1_as_g0(raw: NDArray[np.uint16]) -> None:
    """Give pixels in G1 the gain bits 00, in place; raw: 1-D, gain bits and ADC.

    0xC000, which means saturated, stays. Whatever else does not come from G1 becomes 0xFFFF, which
    means an error, and so does 0x4000, G1 at ADC 0.
    """
    for pixel in range(raw.size):
        value = raw[pixel]
        adc = np.uint16(value - _G1)
        special = value if value == _SATURATED else _NO_DATA
        raw[pixel] = adc if np.uint16(adc - np.uint16(1)) < _G1_ADC_VALUES else special


def warm_up() -> None:
    """Compile the kernels of this file."""
    g1_as_g0(np.zeros(1, np.uint16))
