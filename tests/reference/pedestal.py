"""The running pedestal estimate, one pixel and one sample at a time, in float64."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

WINDOW = 128


def pixel_pedestal(
    samples: Iterable[int], gain_bits: int, allowed_wrong: int
) -> tuple[float, float]:
    """Mean and RMS of one pixel from its raw values; NaN if it is refused."""
    count = wrong = 0
    total = squares = 0.0
    for raw in samples:
        if (raw & 0xC000) != gain_bits:
            wrong += 1
            continue
        adc = raw & 0x3FFF
        if count >= WINDOW:
            total -= total / WINDOW
            squares -= squares / WINDOW
        total += adc
        squares += adc**2
        count += 1
    if wrong > allowed_wrong or count == 0:
        return math.nan, math.nan
    n = min(count, WINDOW)
    return total / n, math.sqrt(max(squares / n - (total / n) ** 2, 0.0))


def pedestal(
    frames: NDArray[np.uint16], gain_bits: int, allowed_wrong: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and RMS of all pixels; frames: [frames, pixels]."""
    pairs = [
        pixel_pedestal((int(raw) for raw in samples), gain_bits, allowed_wrong)
        for samples in frames.T
    ]
    mean, rms = np.array(pairs).reshape(-1, 2).T
    return mean, rms
