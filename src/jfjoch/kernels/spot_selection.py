"""Which spots of an image are kept: no powder rings, and the most intense."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel_part
from jfjoch.kernels.spot_measurement import SpotTable

SHELL_PER_ANGSTROM = 0.01
"""Thickness of the shells of resolution in which powder rings are looked for."""


class Selection(NamedTuple):
    """Memory for choosing."""

    shells: NDArray[np.int32]
    """Spots by resolution, up to the highest that the detector sees."""
    kept: NDArray[np.int64]
    """Numbers of the spots to keep, most intense first; among equal ones the first found."""


def new_selection(most_per_angstrom: float, most_spots: int) -> Selection:
    """Reserve the memory; ``most_per_angstrom`` = 1 / d of the farthest pixel."""
    shells = int(most_per_angstrom / SHELL_PER_ANGSTROM) + 2
    return Selection(np.empty(shells, np.int32), np.empty(most_spots, np.int64))


@kernel_part
def remove_powder_rings(table: SpotTable, spots: int, ring_spots: int, choice: Selection) -> int:
    """Remove all spots of shells that hold ``ring_spots`` or more; return how many are left."""
    choice.shells[:] = 0
    for spot in range(spots):
        choice.shells[_shell(table, spot, choice)] += 1
    left = 0
    for spot in range(spots):
        if choice.shells[_shell(table, spot, choice)] < ring_spots:
            table.x_pxl[left], table.y_pxl[left] = table.x_pxl[spot], table.y_pxl[spot]
            table.per_angstrom[left] = table.per_angstrom[spot]
            table.intensity[left] = table.intensity[spot]
            table.max_count[left] = table.max_count[spot]
            left += 1
    return left


@kernel_part
def _shell(table: SpotTable, spot: int, choice: Selection) -> int:
    shell = int(np.float64(table.per_angstrom[spot]) / SHELL_PER_ANGSTROM)
    return min(shell, choice.shells.size - 1)


@kernel_part
def choose_most_intense(table: SpotTable, spots: int, choice: Selection) -> int:
    """Fill ``kept`` by insertion; return how many spots it holds."""
    size, most = 0, choice.kept.size
    for spot in range(spots):
        intensity = table.intensity[spot]
        if size == most and intensity <= table.intensity[choice.kept[size - 1]]:
            continue
        size = min(size + 1, most)
        place = size - 1
        while place > 0 and table.intensity[choice.kept[place - 1]] < intensity:
            choice.kept[place] = choice.kept[place - 1]
            place -= 1
        choice.kept[place] = spot
    return size
