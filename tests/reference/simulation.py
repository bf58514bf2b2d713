"""Photon statistics and read-out of the simulated detector, in plain NumPy."""

import math

import numpy as np
from numpy.typing import NDArray

_GAIN_BITS = np.array([0x0000, 0x4000, 0xC000], np.uint16)


def poisson_count(expected: float, uniform: float) -> int:
    """Smallest count whose cumulative probability exceeds ``uniform``, in float64."""
    cumulative = 0.0
    for count in range(200):
        cumulative += math.exp(-expected) * expected**count / math.factorial(count)
        if uniform < cumulative:
            return count
    raise AssertionError(f"no count for {uniform}")


def row_noise(noise: NDArray[np.float32], offsets: NDArray[np.int64], columns: int) -> NDArray:
    """The noise of a module, [rows, columns]."""
    return np.stack([noise[offset : offset + columns] for offset in offsets])


def read_out(
    charge_keV: NDArray[np.float32],  # noqa: N803 (unit)
    stage: int | None,
    pedestals: NDArray[np.float32],
    rms: NDArray[np.float32],
    gains: NDArray[np.float64],
    z: NDArray[np.float32],
) -> NDArray[np.uint16]:
    """Raw pixels; stage None: dynamic. Stage first in ``pedestals``, ``rms``, ``gains``."""
    adu = (pedestals + rms * z + gains[:3] * charge_keV).astype(np.float32)
    if stage is None:
        chosen = np.where(adu[0] <= 12000, 0, np.where(adu[1] >= 1500, 1, 2))
    else:
        chosen = np.full(charge_keV.shape, stage)
    signal = np.take_along_axis(adu, chosen[None], axis=0)[0]
    adc = np.clip(np.floor(signal + np.float32(0.5)), 0, 16383).astype(np.uint16)
    return adc | _GAIN_BITS[chosen]
