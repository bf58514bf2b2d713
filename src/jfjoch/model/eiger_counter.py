"""How far the pixels of an EIGER count."""

from dataclasses import dataclass
from typing import Literal

ReadoutBits = Literal[8, 16, 32]

_LIMITS: dict[ReadoutBits, int | None] = {8: 255, 16: 4095, 32: None}
_NO_PACKET: dict[ReadoutBits, int | None] = {8: None, 16: 0xFFFF, 32: 0xFFFFFFFF}


@dataclass(frozen=True, slots=True)
class EigerCounter:
    """The counters of one run: every pixel counts photons up to a limit and stays there.

    A pixel has a counter of 12 bits. In 8 bit only its lower part is read out; frames of 32 bit
    are sums the detector makes itself (Dinapoli et al., NIM A 650 (2011) 79).
    """

    bits: ReadoutBits
    """Of a pixel in a frame."""

    @property
    def dtype(self) -> str:
        """NumPy name of the type of frames."""
        return f"uint{self.bits}"

    @property
    def limit(self) -> int | None:
        """A counter that reads so much may have missed photons; None: there is no limit."""
        return _LIMITS[self.bits]

    @property
    def no_packet(self) -> int | None:
        """What stands in a frame for pixels whose packet is missing.

        None in 8 bit, where every value is a number of photons: the limit stands there then.
        """
        return _NO_PACKET[self.bits]
