"""Packets that overtake each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.packets.header import HEADER
from jfjoch.simulator.packets import PacketTable
from jfjoch.simulator.shipment import Shipment

_BEYOND_ALL_POSITIONS = 1 << 50


@dataclass(frozen=True, slots=True, eq=False)
class Travelling:
    """Packets in the order in which they leave."""

    shipment: Shipment
    frames: NDArray[np.int64]
    """[packets], from 0."""
    overtaken: NDArray[np.bool_]
    """[packets], whether one with a higher number has left its port before."""


class Reordering:
    """Shifts packets by a random distance, at most ``reach`` places within those of their port.

    What is shifted beyond its frame leaves with a later one.
    """

    def __init__(self, table: PacketTable, reach: int, rng: np.random.Generator) -> None:
        self._reach = reach
        self._rng = rng
        self._streams = table.streams
        self._numbers = table.numbers
        self._per_frame = table.layout.packets_per_port
        self._highest = np.full(int(self._streams[-1]) + 1, -1)
        """[ports], position of the latest packet that has left."""
        self._held: _Positioned | None = None

    def take(self, frame: int, shipment: Shipment) -> Travelling:
        """Add the packets of a frame, in order; return those that leave now."""
        positions = frame * self._per_frame + self._numbers[shipment.places]
        if self._reach == 0:
            in_order = np.zeros(len(positions), np.bool_)
            return Travelling(shipment, positions // self._per_frame, in_order)
        # Sorting i + U(0, n + 1) moves nothing further than n.
        keys = positions + (self._reach + 1) * self._rng.random(len(positions))
        fresh = _Positioned(shipment, positions, keys)
        waiting = fresh if self._held is None else self._held.joined(fresh)
        ordered = waiting.part(np.argsort(waiting.keys, kind="stable"))
        leaves = int(np.searchsorted(ordered.keys, (frame + 1) * self._per_frame))
        self._held = ordered.part(np.arange(leaves, len(ordered.keys)))
        return self._leave(ordered.part(np.arange(leaves)))

    def rest(self) -> Travelling:
        """Return what was held back."""
        if self._held is None:
            return self._nothing()
        rest, self._held = self._held, None
        return self._leave(rest)

    def _nothing(self) -> Travelling:
        none = np.zeros(0, np.int64)
        return Travelling(Shipment(np.zeros(0, HEADER), none, none, none), none, none > 0)

    def _leave(self, leaving: "_Positioned") -> Travelling:
        streams = self._streams[leaving.shipment.places]
        overtaken = self._overtaken(streams, leaving.positions)
        np.maximum.at(self._highest, streams, leaving.positions)
        return Travelling(leaving.shipment, leaving.positions // self._per_frame, overtaken)

    def _overtaken(
        self, streams: NDArray[np.int64], positions: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Compare with the highest before in the same port; all ports in one go."""
        by_stream = np.argsort(streams, kind="stable")
        bases = streams[by_stream] * _BEYOND_ALL_POSITIONS
        own = bases + positions[by_stream]
        before = np.append(-1, np.maximum.accumulate(own))[:-1]
        highest = np.maximum(before, bases + self._highest[streams[by_stream]])
        overtaken = np.empty(len(positions), np.bool_)
        overtaken[by_stream] = own < highest
        return overtaken


@dataclass(frozen=True, slots=True, eq=False)
class _Positioned:
    shipment: Shipment
    positions: NDArray[np.int64]
    """[packets], number of the packet in its port, counted over frames."""
    keys: NDArray[np.float64]
    """[packets], place to leave at."""

    def part(self, chosen: NDArray[np.int64]) -> "_Positioned":
        return _Positioned(self.shipment.part(chosen), self.positions[chosen], self.keys[chosen])

    def joined(self, later: "_Positioned") -> "_Positioned":
        return _Positioned(
            self.shipment.joined(later.shipment),
            np.concatenate((self.positions, later.positions)),
            np.concatenate((self.keys, later.keys)),
        )
