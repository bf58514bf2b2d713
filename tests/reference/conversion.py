"""The conversion of raw pixels, rule after rule, in float64."""

import numpy as np
from numpy.typing import NDArray

ERROR = -(2**31)
SATURATED = 2**31 - 1


def round_half_away(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to the nearest integer, halves away from zero."""
    return np.sign(values) * np.floor(np.abs(values) + 0.5)


def exact_counts(
    raw: NDArray[np.uint16],
    pedestal: NDArray[np.float64],
    gain: NDArray[np.float64],
    energy_kev: float,
) -> NDArray[np.float64]:
    """Unrounded counts of any shape; pedestal and gain have three stages in front of it."""
    stage = np.choose(raw >> 14, [0, 1, 0, 2])
    adc = (raw & 0x3FFF).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (adc - _of_stage(pedestal, stage)) / (_of_stage(gain, stage) * energy_kev)


def special_counts(
    raw: NDArray[np.uint16], pedestal: NDArray[np.float64], gain: NDArray[np.float64]
) -> NDArray[np.int64]:
    """ERROR or SATURATED where a pixel is special, else 0; the first rule that holds decides."""
    stage = np.choose(raw >> 14, [0, 1, 0, 2])
    active_pedestal, active_gain = _of_stage(pedestal, stage), _of_stage(gain, stage)
    rules = [
        (gain[0] == 0, ERROR),
        (raw == 0xC000, SATURATED),
        ((raw == 0xFFFF) | (raw == 0x4000) | (raw >> 14 == 0b10), ERROR),
        (np.isnan(active_pedestal) | (active_pedestal > 16383), ERROR),
        (~np.isfinite(active_gain) | (active_gain == 0), ERROR),
    ]
    return np.select([rule for rule, _ in rules], [value for _, value in rules], 0)


def saturated_from(counts: NDArray[np.int32], limit: int) -> NDArray[np.int32]:
    """Counts from the limit on are SATURATED."""
    return np.where(counts >= limit, SATURATED, counts).astype(np.int32)


def _of_stage(maps: NDArray[np.float64], stage: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.take_along_axis(maps, stage[np.newaxis], 0)[0]
