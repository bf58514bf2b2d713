"""The packets of an acquisition, frame after frame, with and without faults."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from jfjoch.simulator.fates import (
    TRUNCATED,
    WRONG_NUMBER,
    WRONG_TYPE,
    WRONG_VERSION,
    FateDraw,
)
from jfjoch.simulator.injected import InjectedFaults
from jfjoch.simulator.packets import PacketTable
from jfjoch.simulator.reordering import Reordering, Travelling
from jfjoch.simulator.shipment import FrameStamp, Shipment

_ANOTHER_TYPE = 200
"""Not of any detector."""
_ANOTHER_VERSION = 1


class PacketStream(Protocol):
    """Makes shipments; for one thread."""

    def shipment(self, frame: int, stamp: FrameStamp, address: int) -> Shipment:
        """Return the packets that leave with a frame; valid until the next call.

        frame: its number, from 0, one higher each time. address: of its pixels in memory.
        """

    def rest(self) -> Shipment:
        """Return the packets that are still under way when no further frame comes."""


class FaultlessStream:
    """Every packet once, in order."""

    def __init__(self, table: PacketTable, order: NDArray[np.int64]) -> None:
        headers = table.headers[order]
        lengths = np.full(len(order), table.layout.packet_bytes)
        self._shipment = Shipment(headers, order, np.zeros(len(order), np.int64), lengths)

    def shipment(self, frame: int, stamp: FrameStamp, address: int) -> Shipment:
        """Return the packets of a frame."""
        stamp.on(self._shipment.headers)
        self._shipment.frames.fill(address)
        return self._shipment

    def rest(self) -> Shipment:
        """Nothing is left behind."""
        return self._shipment.part(np.zeros(len(self._shipment), np.bool_))


class FaultyStream:
    """Packets as ``FateDraw`` and ``Reordering`` have them; what happens is counted."""

    def __init__(
        self,
        table: PacketTable,
        order: NDArray[np.int64],
        fates: FateDraw,
        reordering: Reordering,
        injected: InjectedFaults,
    ) -> None:
        self._table = table
        self._order = order
        self._fates = fates
        self._reordering = reordering
        self._injected = injected
        self._damage = np.random.default_rng(0)
        """How many bytes a cut packet keeps: what matters is that they are too few."""

    def shipment(self, frame: int, stamp: FrameStamp, address: int) -> Shipment:
        """Return what is left of a frame, and of those before."""
        decided = self._fates.next(frame)
        self._injected.add_fates(frame, decided)
        places = np.repeat(self._order, decided.copies[self._order])
        headers = self._table.headers[places]
        stamp.on(headers)
        lengths = self._damaged(headers, decided.fates[places])
        fresh = Shipment(headers, places, np.full(len(places), address), lengths)
        return self._left(self._reordering.take(frame, fresh))

    def rest(self) -> Shipment:
        """Return what was held back."""
        return self._left(self._reordering.rest())

    def _left(self, travelling: Travelling) -> Shipment:
        overtaken = travelling.overtaken
        places = travelling.shipment.places
        self._injected.add_reordered(travelling.frames[overtaken], places[overtaken])
        return travelling.shipment

    def _damaged(self, headers: NDArray[np.void], fates: NDArray[np.int64]) -> NDArray[np.int64]:
        """Damage headers; return the lengths."""
        headers["detector_type"][fates == WRONG_TYPE] = _ANOTHER_TYPE
        headers["version"][fates == WRONG_VERSION] = _ANOTHER_VERSION
        headers["packet_number"][fates == WRONG_NUMBER] += self._table.layout.packets_per_port
        lengths = np.full(len(fates), self._table.layout.packet_bytes)
        cut = fates == TRUNCATED
        lengths[cut] = self._damage.integers(1, self._table.layout.packet_bytes, cut.sum())
        return lengths
