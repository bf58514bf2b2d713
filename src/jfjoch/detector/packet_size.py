"""How many packets a frame is made of."""

from jfjoch.geometry.module_shape import RAW_SHAPE
from jfjoch.model.eiger_counter import EigerCounter

_JUNGFRAU_PIXELS = 4 * RAW_SHAPE[1]
_EIGER_BYTES = 4096
_BITS_PER_BYTE = 8


def packets_per_module(counter: EigerCounter | None) -> int:
    """Return the packets of one module and frame, of an EIGER or (None) a JUNGFRAU.

    A packet of a JUNGFRAU holds four rows, one of an EIGER 4096 bytes, whatever the depth.
    """
    pixels = RAW_SHAPE[0] * RAW_SHAPE[1]
    if counter is None:
        return pixels // _JUNGFRAU_PIXELS
    return pixels * counter.bits // _BITS_PER_BYTE // _EIGER_BYTES
