"""How far the pixels of an EIGER count."""

from dataclasses import dataclass
from typing import Literal

ReadoutBits = Literal[8, 16, 32]

_LIMITS: dict[ReadoutBits, int | None] = {8: 255, 16: 4095, 32: None}
_FRAME_BITS: dict[ReadoutBits, int] = {8: 16, 16: 16, 32: 32}


@dataclass(frozen=True, slots=True)
class EigerCounter:
    """The counters of one run: every pixel counts photons up to a limit and stays there.

    A pixel has a counter of 12 bits. In 8 bit only its lower part is read out; frames of 32 bit
    are sums the detector makes itself (Dinapoli et al., NIM A 650 (2011) 79).
    """

    bits: ReadoutBits
    """Of a pixel in a frame."""

    @property
    def readout_dtype(self) -> str:
        """NumPy name of the type a detector sends."""
        return f"uint{self.bits}"

    @property
    def frame_dtype(self) -> str:
        """NumPy name of the type of frames in memory.

        Wider than the read-out in 8 bit, where every value is a number of photons: pixels of
        missing packets need one of their own.
        """
        return f"uint{_FRAME_BITS[self.bits]}"

    @property
    def limit(self) -> int | None:
        """A counter that reads so much may have missed photons; None: there is no limit."""
        return _LIMITS[self.bits]

    @property
    def no_packet(self) -> int:
        """What stands in a frame for pixels whose packet is missing: all bits are set."""
        return (1 << _FRAME_BITS[self.bits]) - 1
