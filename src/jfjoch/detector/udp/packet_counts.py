"""What became of the packets of a run."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels import packet_types as kernel


@dataclass(frozen=True, slots=True)
class PacketCounts:
    """Every packet that was received is in one of the first five."""

    accepted: int = 0
    duplicate: int = 0
    late: int = 0
    """Of frames that were finished without them."""
    foreign: int = 0
    """Of another size, detector type or header version, or numbers no packet of the run has."""
    no_room: int = 0
    """Of frames for which the frame buffer had no room."""
    overflowed: int = 0
    """How often a packet came and found the receive buffer full; known at the end of the run.

    Packets that the system handed over together, on loopback up to 64 kB of them, are one.
    """

    @classmethod
    def of(cls, outcomes: NDArray[np.int64]) -> Self:
        """Take the counts of the kernel."""
        foreign = (
            kernel.WRONG_SIZE,
            kernel.WRONG_TYPE,
            kernel.WRONG_VERSION,
            kernel.WRONG_NUMBER,
        )
        return cls(
            accepted=int(outcomes[kernel.ACCEPTED]),
            duplicate=int(outcomes[kernel.DUPLICATE]),
            late=int(outcomes[kernel.LATE]),
            foreign=int(outcomes[list(foreign)].sum()),
            no_room=int(outcomes[kernel.NO_ROOM]),
        )

    @property
    def total(self) -> int:
        """All that were received."""
        return self.accepted + self.duplicate + self.late + self.foreign + self.no_room

    def __add__(self, other: "PacketCounts") -> "PacketCounts":
        """Add those of two receivers."""
        return PacketCounts(
            self.accepted + other.accepted,
            self.duplicate + other.duplicate,
            self.late + other.late,
            self.foreign + other.foreign,
            self.no_room + other.no_room,
            self.overflowed + other.overflowed,
        )
