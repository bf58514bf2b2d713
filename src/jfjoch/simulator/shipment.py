"""Packets on their way, in the order in which they leave."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Shipment:
    """Packets; the frames they point to have to stay where they are until they are sent."""

    headers: NDArray[np.void]
    """[packets] of HEADER, contiguous."""
    places: NDArray[np.int64]
    """[packets], see ``PacketTable``."""
    frames: NDArray[np.int64]
    """[packets], address in memory of the frame."""
    lengths: NDArray[np.int64]
    """[packets], bytes to send."""

    def __len__(self) -> int:
        return len(self.places)

    def part(self, chosen: NDArray[np.bool_] | NDArray[np.int64] | slice) -> "Shipment":
        """Return the chosen packets: a mask, indices in the wanted order, or a range."""
        return Shipment(
            self.headers[chosen], self.places[chosen], self.frames[chosen], self.lengths[chosen]
        )

    def joined(self, later: "Shipment") -> "Shipment":
        """Return both, one after the other."""
        return Shipment(
            np.concatenate((self.headers, later.headers)),
            np.concatenate((self.places, later.places)),
            np.concatenate((self.frames, later.frames)),
            np.concatenate((self.lengths, later.lengths)),
        )


@dataclass(frozen=True, slots=True)
class FrameStamp:
    """What the headers of all packets of one frame have in common."""

    frame_number: int
    timestamp_100ns: int
    pulse_id: int = 0
    status_bits: int = 0

    def on(self, headers: NDArray[np.void]) -> None:
        """Write it into headers."""
        headers["frame_number"] = self.frame_number
        headers["timestamp_100ns"] = self.timestamp_100ns
        headers["pulse_id"] = self.pulse_id
        headers["status_bits"] = self.status_bits
