"""From the packets of a frame to what is known about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from jfjoch.detector.base import FrameInfo
from jfjoch.detector.packets.header import (
    EVENT_CODE_BITS,
    EVENT_CODE_SHIFT,
    STORAGE_CELL_BITS,
    STORAGE_CELL_SHIFT,
)
from jfjoch.detector.udp.packet_receiver import ArrivedPart
from jfjoch.model.plan import FramePlan


@dataclass(slots=True)
class FrameReport:
    """Reads the headers of one run."""

    plan: FramePlan
    packets_expected: int
    """Of a frame."""
    _headers_tell_cell: bool = False
    """Whether any header has named a storage cell; some servers leave the bits 0."""

    def info(self, number: int, parts: Sequence[ArrivedPart | None]) -> FrameInfo:
        """Tell of a frame from what the receivers have of it."""
        there = [part for part in parts if part is not None]
        received = sum(part.count for part in there)
        if received == 0:
            return self.lost(number)
        pulsed = self.plan.pulsed
        return FrameInfo(
            number,
            packets_expected=self.packets_expected,
            packets_received=received,
            storage_cell=self._storage_cell(number, there[0].status_bits),
            pulse_id=there[0].pulse_id if pulsed else None,
            event_code=_bits(there[0].status_bits, EVENT_CODE_SHIFT, EVENT_CODE_BITS)
            if pulsed
            else None,
        )

    def lost(self, number: int) -> FrameInfo:
        """Tell of a frame that did not come, or could not be kept."""
        cell = self.plan.storage_cell(number)
        return FrameInfo(number, self.packets_expected, packets_received=0, storage_cell=cell)

    def _storage_cell(self, number: int, status_bits: int) -> int:
        """Return what the header says, unless it is no cell of the run or no header says any."""
        plan = self.plan
        told = _bits(status_bits, STORAGE_CELL_SHIFT, STORAGE_CELL_BITS)
        self._headers_tell_cell = self._headers_tell_cell or told > 0
        used = range(plan.first_storage_cell, plan.first_storage_cell + plan.storage_cell_count)
        trusted = self._headers_tell_cell and told in used
        return told if trusted else plan.storage_cell(number)


def _bits(word: int, shift: int, count: int) -> int:
    return word >> shift & (1 << count) - 1
