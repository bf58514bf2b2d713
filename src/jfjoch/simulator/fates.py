"""What becomes of every packet, decided before it is sent."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.simulated.random_stream import random_stream
from jfjoch.simulator.faults import Faults
from jfjoch.simulator.packets import PacketTable

Fate = Literal["lost", "truncated", "wrong_type", "wrong_number", "wrong_version"]
FATES: tuple[Fate, ...] = get_args(Fate)
"""A packet has at most one of these. A receiver misses all of them."""
LOST, TRUNCATED, WRONG_TYPE, WRONG_NUMBER, WRONG_VERSION = range(1, len(FATES) + 1)
_FINE = 0
_CORRUPTIONS = (TRUNCATED, WRONG_TYPE, WRONG_NUMBER)
_LONGEST_BURST = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class FrameFates:
    """The fates of the packets of one frame."""

    fates: NDArray[np.int64]
    """[places], 0 or 1 + index in ``FATES``."""
    copies: NDArray[np.int64]
    """[places], how often each packet is sent: 0 to 2."""


class FateDraw:
    """Draws fates frame after frame.

    Each kind of fault has random numbers of its own: the packets that a seed loses are the same
    with and without other faults.
    """

    def __init__(self, faults: Faults, table: PacketTable, seed: int, acquisition: int) -> None:
        """``acquisition``: its number; each has fates of its own."""
        self._faults = faults
        self._table = table
        self._random = {
            kind: random_stream(seed, f"packets: {kind}", acquisition)
            for kind in ("loss", "bursts", "corruption", "version", "duplicates")
        }
        ports = table.place_count // table.layout.packets_per_port
        self._burst_left = np.zeros(ports, np.int64)

    def next(self, frame: int) -> FrameFates:
        """Decide about the next frame; ``frame`` is its number, from 0."""
        faults = self._faults
        fates = np.full(self._table.place_count, _FINE)
        fates[self._drawn("version", faults.wrong_version)] = WRONG_VERSION
        corrupted = self._drawn("corruption", faults.corrupt)
        fates[corrupted] = self._random["corruption"].choice(_CORRUPTIONS, corrupted.sum())
        lost = self._drawn("loss", faults.loss) | self._in_burst() | self._dead(frame)
        fates[lost] = LOST
        copies = 1 + (self._drawn("duplicates", faults.duplicate) & (fates == _FINE))
        copies[lost] = 0
        return FrameFates(fates, copies)

    def _drawn(self, kind: str, probability: float) -> NDArray[np.bool_]:
        if probability == 0:
            return np.zeros(self._table.place_count, np.bool_)
        drawn: NDArray[np.bool_] = self._random[kind].random(self._table.place_count) < probability
        return drawn

    def _in_burst(self) -> NDArray[np.bool_]:
        """A burst goes on in the next frame; one that begins within another prolongs it."""
        burst = self._faults.burst_loss
        if burst is None:
            return np.zeros(self._table.place_count, np.bool_)
        begins = self._drawn("bursts", burst.probability).reshape(len(self._burst_left), -1)
        numbers = np.arange(begins.shape[1])
        ends = np.where(begins, numbers + min(burst.length, _LONGEST_BURST), 0)
        ends[:, 0] = np.maximum(ends[:, 0], self._burst_left)
        ends = np.maximum.accumulate(ends, axis=1)
        self._burst_left = np.maximum(ends[:, -1] - len(numbers), 0)
        lost: NDArray[np.bool_] = (numbers < ends).reshape(-1)
        return lost

    def _dead(self, frame: int) -> NDArray[np.bool_]:
        dead = self._faults.dead_module
        if dead is None or frame < dead.frame:
            return np.zeros(self._table.place_count, np.bool_)
        of_module: NDArray[np.bool_] = self._table.modules == dead.module
        return of_module
