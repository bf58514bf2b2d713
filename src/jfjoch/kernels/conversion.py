"""Raw JUNGFRAU pixels to counts of photons, any range of pixels.

A raw pixel is 2 bits of gain stage (00 G0, 01 G1, 11 G2, 10 never sent) above 14 bits of ADC.
``count = (ADC - pedestal[stage]) / (gain[stage] * energy)``, rounded half away from zero
(Redford et al., J. Inst. 13 (2018) C01027).

Nearly all pixels are in G0. So a group of pixels is first converted as if it were G0 throughout,
in float32 and without a test per pixel; what makes a pixel unusable is baked into its tables.
Only groups in which some gain bit is set are walked through again.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels.counts import ERROR, SATURATED

GROUP_PIXELS = 64
GAIN_BITS = 0xC000
ADC_BITS = 0x3FFF
INVALID_GAIN_BITS = 0x8000
SATURATED_RAW = 0xC000
"""G2 at ADC 0: the pixel saw more than it can measure."""
NO_DATA_RAW = 0xFFFF
NO_CONVERSION_RAW = 0x4000
"""G1 at ADC 0."""

_LOWEST = np.float32(-(2**31))
_HIGHEST = np.float32(2**31 - 128)
"""Largest float32 that fits into int32."""
_HALF = np.float32(0.5)


class CellTables(NamedTuple):
    """What each pixel of a frame needs, for one storage cell; shared by all workers.

    Pixels in the order of raw [modules, 512, 1024], flat.
    """

    g0_pedestal: NDArray[np.float32]
    """[pixels] ADU; in unusable pixels infinite, with the sign of the reciprocal."""
    g0_reciprocal: NDArray[np.float32]
    """[pixels] counts per ADU; finite and never 0."""
    high_pedestal: NDArray[np.float32]
    """[pixels, 2] ADU of G1 and G2; NaN where it can't be used and in dead pixels."""
    high_gain: NDArray[np.float64]
    """[pixels, 2] ADU per count of G1 and G2; NaN where it can't be used."""
    dead: NDArray[np.bool_]
    """[pixels] no charge arrives; asked only where the raw value says saturated."""


def empty_tables() -> CellTables:
    """Return tables of no pixel, of the right types."""
    pixels, pairs = 0, (0, 2)
    return CellTables(
        np.empty(pixels, np.float32),
        np.empty(pixels, np.float32),
        np.empty(pairs, np.float32),
        np.empty(pairs, np.float64),
        np.empty(pixels, np.bool_),
    )


@kernel
def convert_pixels(
    raw: NDArray[np.uint16],
    tables: CellTables,
    begin: int,
    end: int,
    counts: NDArray[np.int32],
) -> None:
    """Convert pixels [begin, end) of a flat frame to the start of ``counts``.

    ``begin`` and ``end`` are multiples of 64.
    Dead pixel: ERROR. Else 0xC000: SATURATED. Else 0xFFFF, 0x4000, gain bits 10, or pedestal or
    gain of the stage unusable: ERROR.
    """
    for first in range(begin, end, GROUP_PIXELS):
        bits = _convert_as_g0(raw, tables, first, counts, first - begin)
        if bits & GAIN_BITS:
            _convert_high_stages(raw, tables, first, counts, first - begin)


@kernel_part
def _convert_as_g0(
    raw: NDArray[np.uint16],
    tables: CellTables,
    first: int,
    counts: NDArray[np.int32],
    place: int,
) -> np.uint16:
    """Convert one group; return all its raw values or-ed together."""
    bits = np.uint16(0)
    for i in range(GROUP_PIXELS):
        # Unsigned: a signed index would be tested for counting from the end.
        pixel = np.uint64(first + i)
        value = raw[pixel]
        bits = np.uint16(bits | value)
        adu = np.float32(value) - tables.g0_pedestal[pixel]
        counts[np.uint64(place + i)] = _rounded(adu * tables.g0_reciprocal[pixel])
    return bits


@kernel_part
def _convert_high_stages(
    raw: NDArray[np.uint16],
    tables: CellTables,
    first: int,
    counts: NDArray[np.int32],
    place: int,
) -> None:
    """Convert the pixels of one group that have a gain bit set."""
    for i in range(GROUP_PIXELS):
        value = raw[first + i]
        if value & GAIN_BITS:
            counts[place + i] = _convert_high_pixel(value, tables, first + i)


@kernel_part
def _convert_high_pixel(value: np.uint16, tables: CellTables, pixel: int) -> np.int32:
    """Convert one pixel in G1 or G2."""
    if value == SATURATED_RAW:
        return ERROR if tables.dead[pixel] else SATURATED
    if value in (NO_DATA_RAW, NO_CONVERSION_RAW) or value & GAIN_BITS == INVALID_GAIN_BITS:
        return ERROR
    stage = value >> 15
    adu = np.float64(value & ADC_BITS) - np.float64(tables.high_pedestal[pixel, stage])
    count = adu / tables.high_gain[pixel, stage]
    return ERROR if np.isnan(count) else _rounded_double(count)


@kernel_part
def _rounded(value: np.float32) -> np.int32:
    """Round half away from zero to int32; what that can't hold becomes ERROR or SATURATED."""
    clamped = np.float32(min(max(value, _LOWEST), _HIGHEST))
    whole = np.int32(clamped)
    # The rest is exact, where value + 0.5 would round 0.49999997 up.
    rest = clamped - np.float32(whole)
    up = np.int32(rest >= _HALF)
    down = np.int32(rest <= -_HALF)
    # Sums of int32 are int64 to Numba: too wide for the vector loop unless they are cast back.
    result = np.int32(whole + up - down)
    return SATURATED if value > _HIGHEST else result


@kernel_part
def _rounded_double(value: float) -> np.int32:
    """Do the same for a double, one at a time."""
    if value >= SATURATED:
        return SATURATED
    if value <= ERROR:
        return ERROR
    whole = int(value)
    rest = value - whole
    return np.int32(whole + (rest >= 0.5) - (rest <= -0.5))
