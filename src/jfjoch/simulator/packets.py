"""The packets of one frame: what lies where, and where it goes."""

import socket
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.packets.header import EIGER_TYPE, HEADER, HEADER_VERSION
from jfjoch.detector.packets.layout import PacketLayout, PortArea
from jfjoch.errors import DetectorError
from jfjoch.geometry.module_shape import RAW_SHAPE
from jfjoch.simulator.acquisition import Acquisition, Destination

_ROWS, _COLUMNS = RAW_SHAPE
_HIGHEST_PORT = 65_535
_TICKS_PER_S = 1e7
"""The header counts time in 100 ns."""


@dataclass(frozen=True, slots=True, eq=False)
class PacketTable:
    """All packets of a frame. Places number them: module by module, port by port, in order."""

    layout: PacketLayout
    module_count: int
    headers: NDArray[np.void]
    """[places] of HEADER, without what differs from frame to frame."""
    offsets: NDArray[np.int64]
    """[places, segments], where the pixels lie in a frame [modules, 512, 1024], bytes."""
    segment_bytes: int
    destinations: NDArray[np.int64]
    """[places], row of ``addresses``."""
    addresses: NDArray[np.uint8]
    """[modules x ports, 16], each a ``sockaddr_in``."""

    @property
    def place_count(self) -> int:
        """Packets of a frame, all modules."""
        return len(self.headers)

    @property
    def streams(self) -> NDArray[np.int64]:
        """[places], number of the port among all of the detector."""
        return np.arange(self.place_count) // self.layout.packets_per_port

    @property
    def numbers(self) -> NDArray[np.int64]:
        """[places], of a packet within its port and frame."""
        return np.arange(self.place_count) % self.layout.packets_per_port

    @property
    def modules(self) -> NDArray[np.int64]:
        """[places], which module sends it."""
        return np.arange(self.place_count) // self.layout.packets_per_module


def packet_table(layout: PacketLayout, acquisition: Acquisition) -> PacketTable:
    """Return the packets of every frame of the acquisition.

    Raises:
        DetectorError: a destination that can't be sent to.
    """
    module_count = len(acquisition.destinations)
    offsets = _offsets(layout, module_count)
    headers = _headers(layout, module_count, acquisition.exposure_s)
    return PacketTable(
        layout,
        module_count,
        headers,
        offsets,
        segment_bytes=layout.payload_bytes // offsets.shape[1],
        destinations=np.arange(len(headers)) // layout.packets_per_port,
        addresses=_addresses(acquisition.destinations),
    )


def _offsets(layout: PacketLayout, module_count: int) -> NDArray[np.int64]:
    """Whole rows that follow each other are one segment, else each row is one."""
    firsts = np.concatenate([_row_starts(layout, area) for area in layout.ports])
    if layout.columns == _COLUMNS and all(area.row_step == 1 for area in layout.ports):
        firsts = firsts[:, :1]
    module_bytes = _ROWS * _COLUMNS * layout.pixel_bytes
    of_modules = np.arange(module_count)[:, None, None] * module_bytes + firsts
    return np.ascontiguousarray(of_modules.reshape(-1, firsts.shape[1]))


def _row_starts(layout: PacketLayout, area: PortArea) -> NDArray[np.int64]:
    """[packets of the port, rows of a packet], bytes from the start of the module."""
    rows = np.arange(layout.packets_per_port * layout.rows_per_packet)
    module_rows = area.first_row + area.row_step * rows
    starts = (module_rows * _COLUMNS + area.first_column) * layout.pixel_bytes
    return starts.reshape(-1, layout.rows_per_packet)


def _headers(layout: PacketLayout, module_count: int, exposure_s: float) -> NDArray[np.void]:
    """JUNGFRAU: row = module; EIGER: row 0 is the top and 1 the bottom, column left and right."""
    headers = np.zeros((module_count, len(layout.ports), layout.packets_per_port), HEADER)
    modules, ports, numbers = np.indices(headers.shape)
    eiger = layout.detector_type == EIGER_TYPE
    headers["packet_number"] = numbers
    headers["module_id"] = modules
    headers["row"] = ports // 2 if eiger else modules
    headers["column"] = ports % 2 if eiger else 0
    headers["exposure_100ns"] = min(round(exposure_s * _TICKS_PER_S), 2**32 - 1)
    headers["detector_type"] = layout.detector_type
    headers["version"] = HEADER_VERSION
    return headers.reshape(-1)


def _addresses(destinations: tuple[tuple[Destination, ...], ...]) -> NDArray[np.uint8]:
    rows = [_sockaddr(destination) for module in destinations for destination in module]
    return np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), -1).copy()


def _sockaddr(destination: Destination) -> bytes:
    """``struct sockaddr_in``: family in the machine's order, port and address in the network's."""
    try:
        address = socket.inet_aton(destination.ipv4)
    except OSError:
        address = b""
    if not address or not 0 < destination.port <= _HIGHEST_PORT:
        raise DetectorError(
            f"the simulated detector can't send to {destination.ipv4!r} port {destination.port}; "
            f"expected an IPv4 address and a UDP port from 1 to {_HIGHEST_PORT}"
        )
    port = struct.pack("=H", socket.AF_INET) + struct.pack("!H", destination.port)
    return port + address + bytes(8)
