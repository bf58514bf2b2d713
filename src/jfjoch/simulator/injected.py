"""What was injected, counted."""

from collections.abc import Iterator
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from jfjoch.simulator.fates import FATES, Fate, FrameFates
from jfjoch.simulator.packets import PacketTable

Kind = Literal[Fate, "duplicated", "reordered"]
KINDS: tuple[Kind, ...] = (*FATES, *get_args(Literal["duplicated", "reordered"]))
_DUPLICATED, _REORDERED = KINDS.index("duplicated"), KINDS.index("reordered")


class InjectedCounts(NamedTuple):
    """Packets of one module and frame, by kind of fault."""

    frame: int
    """From 0."""
    module: int
    counts: tuple[int, ...]
    """In the order of ``KINDS``."""


class InjectedFaults:
    """Counts of one acquisition, by frame and module; frames without faults take no memory."""

    def __init__(self, table: PacketTable) -> None:
        self._module_of = table.modules
        self._module_count = table.module_count
        self._counts: dict[int, NDArray[np.int64]] = {}
        self._missing: dict[int, NDArray[np.int64]] = {}

    def add_fates(self, frame: int, decided: FrameFates) -> None:
        """Count what was decided for a frame."""
        faulty = np.flatnonzero(decided.fates)
        if len(faulty):
            self._missing[frame] = faulty
            self._add(frame, faulty, decided.fates[faulty] - 1)
        duplicated = np.flatnonzero(decided.copies > 1)
        if len(duplicated):
            self._add(frame, duplicated, np.full(len(duplicated), _DUPLICATED))

    def add_reordered(self, frames: NDArray[np.int64], places: NDArray[np.int64]) -> None:
        """Count packets that later ones of their port have overtaken."""
        for frame in np.unique(frames):
            overtaken = places[frames == frame]
            self._add(int(frame), overtaken, np.full(len(overtaken), _REORDERED))

    def missing(self) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Yield frames and the places of which no good packet was sent, in order."""
        yield from sorted(self._missing.items())

    def rows(self) -> Iterator[InjectedCounts]:
        """Yield the modules and frames with faults, in order of frames."""
        for frame, counts in sorted(self._counts.items()):
            for module in np.flatnonzero(counts.any(axis=1)):
                yield InjectedCounts(frame, int(module), tuple(counts[module].tolist()))

    def totals(self) -> dict[str, int]:
        """Return the sums over modules and frames, by kind."""
        sums = sum(self._counts.values(), np.zeros((self._module_count, len(KINDS)), np.int64))
        return dict(zip(KINDS, sums.sum(axis=0).tolist(), strict=True))

    def _add(self, frame: int, places: NDArray[np.int64], kinds: NDArray[np.int64]) -> None:
        shape = (self._module_count, len(KINDS))
        counts = self._counts.setdefault(frame, np.zeros(shape, np.int64))
        np.add.at(counts, (self._module_of[places], kinds), 1)
