"""Kernels of the simulated JUNGFRAU: photon statistics and read-out of one module."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel

SWITCH_G0_ADU = np.float32(12000.0)
"""A pixel whose G0 signal would exceed this ADC value switches to G1."""
SWITCH_G1_ADU = np.float32(1500.0)
"""A pixel whose G1 signal (falling) would be below this ADC value switches to G2."""
HIGHEST_ADC = np.float32(16383.0)
DYNAMIC = -1
"""In place of a stage: each pixel chooses by its charge."""

_HALF = np.float32(0.5)
_IMPOSSIBLE = np.float32(1e-12)


@kernel
def poisson_counts(
    none_probability: NDArray[np.float32],
    expected: NDArray[np.float32],
    uniform: NDArray[np.float32],
    counts: NDArray[np.uint16],
) -> None:
    """Draw photon counts by inversion of the Poisson distribution; 1-D arrays.

    expected: mean number of photons, below about 20 (the steps grow with it).
    none_probability: exp(-expected), given because it is the same for every image.
    uniform: random numbers in [0, 1). counts: photons, written.

    The count is the smallest n whose cumulative probability exceeds the random number
    (Devroye, Non-Uniform Random Variate Generation, 1986, chapter X.3). Rounding may keep that
    probability below the largest random numbers, so an impossible count ends the search too.
    """
    for pixel in range(counts.size):
        probability = none_probability[pixel]
        cumulative = probability
        count = 0
        while uniform[pixel] >= cumulative and probability > _IMPOSSIBLE:
            count += 1
            probability *= expected[pixel] / np.float32(count)
            cumulative += probability
        counts[pixel] = count


@kernel
def read_out_dark(
    pedestal: NDArray[np.float32],
    rms: NDArray[np.float32],
    gain_bits: np.uint16,
    noise: NDArray[np.float32],
    row_offsets: NDArray[np.int64],
    raw: NDArray[np.uint16],
) -> None:
    """Raw pixels of one module without light, all in one stage.

    pedestal, rms: [rows, columns], ADU, of that stage; gain_bits: bits 15-14 of the stage.
    noise: 1-D table of standard normal numbers. row_offsets: [rows], where in the table the
    noise of each row begins; at most noise.size - columns.
    raw: [rows, columns], written; the ADC value is clamped to 0..16383.
    """
    rows, columns = raw.shape
    for row in range(rows):
        row_noise = noise[row_offsets[row] : row_offsets[row] + columns]
        for column in range(columns):
            adu = pedestal[row, column] + rms[row, column] * row_noise[column]
            raw[row, column] = _adc(adu) | gain_bits


@kernel
def read_out_light(
    charge_keV: NDArray[np.float32],  # noqa: N803 (unit)
    stage: int,
    pedestals: NDArray[np.float32],
    rms: NDArray[np.float32],
    gains: NDArray[np.float64],
    noise: NDArray[np.float32],
    row_offsets: NDArray[np.int64],
    raw: NDArray[np.uint16],
) -> None:
    """Raw pixels of one module with light.

    charge_keV: [rows, columns], energy put into each pixel.
    stage: DYNAMIC, or 0, 1, 2 for a detector held in G0, G1, G2.
    pedestals, rms: [3, rows, columns], ADU; gains: [>= 3, rows, columns], ADU/keV, finite.
    noise, row_offsets, raw: as for ``read_out_dark``. A pixel in G2 below ADC 0 comes out as
    0xC000, which means saturated.
    """
    rows, columns = raw.shape
    for row in range(rows):
        for column in range(columns):
            charge = charge_keV[row, column]
            z = noise[row_offsets[row] + column]
            chosen = max(stage, 0)
            adu = _signal(pedestals, rms, gains, chosen, row, column, charge, z)
            if stage == DYNAMIC and adu > SWITCH_G0_ADU:
                chosen = 1
                adu = _signal(pedestals, rms, gains, chosen, row, column, charge, z)
                if adu < SWITCH_G1_ADU:
                    chosen = 2
                    adu = _signal(pedestals, rms, gains, chosen, row, column, charge, z)
            bits = np.uint16(0xC000) if chosen == 2 else np.uint16(chosen << 14)
            raw[row, column] = _adc(adu) | bits


@kernel
def _signal(
    pedestals: NDArray[np.float32],
    rms: NDArray[np.float32],
    gains: NDArray[np.float64],
    stage: int,
    row: int,
    column: int,
    charge_keV: np.float32,  # noqa: N803 (unit)
    z: np.float32,
) -> np.float32:
    offset = pedestals[stage, row, column] + rms[stage, row, column] * z
    return np.float32(offset + gains[stage, row, column] * charge_keV)


@kernel
def _adc(adu: np.float32) -> np.uint16:
    """Round to the nearest ADC value, clamped."""
    return np.uint16(np.int32(min(max(adu + _HALF, np.float32(0)), HIGHEST_ADC)))


def warm_up() -> None:
    """Compile the kernels of this file."""
    plane, raw = np.zeros((1, 1), np.float32), np.zeros((1, 1), np.uint16)
    stages, gains = np.zeros((3, 1, 1), np.float32), np.zeros((3, 1, 1), np.float64)
    table, offsets = np.zeros(1, np.float32), np.zeros(1, np.int64)
    poisson_counts(table, table, table, raw[0])
    read_out_dark(plane, plane, np.uint16(0), table, offsets, raw)
    read_out_light(plane, DYNAMIC, stages, stages, gains, table, offsets, raw)
