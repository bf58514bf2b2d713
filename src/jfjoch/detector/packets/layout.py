"""How the pixels of a module are cut into packets."""

from dataclasses import dataclass

import numpy as np

from jfjoch.detector.packets.header import EIGER_TYPE, JUNGFRAU_TYPE
from jfjoch.geometry.module_shape import RAW_SHAPE
from jfjoch.kernels.packet_header import HEADER_BYTES
from jfjoch.model.eiger_counter import EigerCounter

_ROWS, _COLUMNS = RAW_SHAPE
_JUNGFRAU_ROWS_PER_PACKET = 4
_EIGER_PAYLOAD_BYTES = 4096
_QUARTER_ROWS, _QUARTER_COLUMNS = _ROWS // 2, _COLUMNS // 2


@dataclass(frozen=True, slots=True)
class PortArea:
    """The pixels that one port of a module sends, packet after packet."""

    first_row: int
    """Of the module; where the first row of the first packet belongs."""
    row_step: int
    """1, or -1 where rows come from the bottom up."""
    first_column: int


@dataclass(frozen=True, slots=True)
class PacketLayout:
    """Packets of one kind of detector and read-out depth; every packet is of the same size."""

    detector_type: int
    pixel_bytes: int
    """In a packet."""
    frame_pixel_bytes: int
    """In memory."""
    columns: int
    """Pixels of a row in a packet."""
    rows_per_packet: int
    packets_per_port: int
    """Of one frame."""
    port_stride: int
    """UDP ports from one module to the next."""
    ports: tuple[PortArea, ...]
    """Those of a module that are in use, by distance from its first UDP port."""

    @property
    def packet_bytes(self) -> int:
        """Header and pixels."""
        return HEADER_BYTES + self.payload_bytes

    @property
    def payload_bytes(self) -> int:
        """Pixels of a packet."""
        return self.rows_per_packet * self.columns * self.pixel_bytes

    @property
    def packets_per_module(self) -> int:
        """Of one frame."""
        return self.packets_per_port * len(self.ports)

    @property
    def dtype(self) -> np.dtype[np.unsignedinteger]:
        """Type of the pixels in a packet, little endian."""
        return np.dtype(f"<u{self.pixel_bytes}")


def packet_layout(counter: EigerCounter | None, interface_count: int = 1) -> PacketLayout:
    """Return the layout of an EIGER with such counters, or (None) of a JUNGFRAU.

    interface_count: 1 or 2; a JUNGFRAU with two sends the upper half of each module, rows 0 to
    255, by the first and the lower half by the second.
    """
    return _jungfrau(interface_count) if counter is None else _eiger(counter)


def _jungfrau(interface_count: int) -> PacketLayout:
    rows = _ROWS // interface_count
    return PacketLayout(
        detector_type=JUNGFRAU_TYPE,
        pixel_bytes=2,
        frame_pixel_bytes=2,
        columns=_COLUMNS,
        rows_per_packet=_JUNGFRAU_ROWS_PER_PACKET,
        packets_per_port=rows // _JUNGFRAU_ROWS_PER_PACKET,
        port_stride=2,
        ports=tuple(PortArea(rows * port, 1, 0) for port in range(interface_count)),
    )


def _eiger(counter: EigerCounter) -> PacketLayout:
    """Quarters top left, top right, bottom left, bottom right; the bottom comes upside down."""
    pixel_bytes = counter.bits // 8
    rows_per_packet = _EIGER_PAYLOAD_BYTES // (_QUARTER_COLUMNS * pixel_bytes)
    halves = ((0, 1), (_ROWS - 1, -1))
    return PacketLayout(
        detector_type=EIGER_TYPE,
        pixel_bytes=pixel_bytes,
        frame_pixel_bytes=np.dtype(counter.frame_dtype).itemsize,
        columns=_QUARTER_COLUMNS,
        rows_per_packet=rows_per_packet,
        packets_per_port=_QUARTER_ROWS // rows_per_packet,
        port_stride=4,
        ports=tuple(
            PortArea(first_row, step, column)
            for first_row, step in halves
            for column in (0, _QUARTER_COLUMNS)
        ),
    )
