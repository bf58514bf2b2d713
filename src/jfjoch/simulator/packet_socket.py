"""The socket that packets leave by."""

import ipaddress
import os
import socket

import numpy as np

from jfjoch.errors import DetectorError
from jfjoch.kernels.packet_header import HEADER_BYTES
from jfjoch.kernels.packet_sending import MESSAGE_WORDS, VECTOR_WORDS, send_packets
from jfjoch.simulator.packets import PacketTable
from jfjoch.simulator.shipment import Shipment

_MESSAGES_PER_CALL = 64
_SEND_BUFFER_BYTES = 4 * 2**20
_LARGEST_MESSAGE_BYTES = 65_507
"""Of UDP over IPv4."""
_UDP_SEGMENT = 103
"""Socket option of Linux: messages are cut into packets of that size by the system."""


class PacketSocket:
    """Sends the packets of one acquisition; for one thread.

    It is not connected, so that nobody listening at a destination is no error.
    """

    def __init__(self, table: PacketTable, packets_per_message: int = 1) -> None:
        """``packets_per_message``: see ``most_packets_per_message``.

        Raises:
            DetectorError: the system does not give a socket.
        """
        self._table = table
        self._packets_per_message = packets_per_message
        vectors = _MESSAGES_PER_CALL * packets_per_message * (1 + table.offsets.shape[1])
        self._messages = np.zeros((_MESSAGES_PER_CALL, MESSAGE_WORDS), np.uint64)
        self._vectors = np.zeros((vectors, VECTOR_WORDS), np.uint64)
        try:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        except OSError as error:
            raise DetectorError(f"the simulated detector got no socket: {error}") from error
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        if packets_per_message > 1:
            packet_bytes = table.layout.packet_bytes
            self._socket.setsockopt(socket.IPPROTO_UDP, _UDP_SEGMENT, packet_bytes)

    def send(self, shipment: Shipment) -> None:
        """Send the packets in their order; OSError when the system refuses."""
        table = self._table
        error = send_packets(
            self._socket.fileno(),
            shipment.headers.view(np.uint8).reshape(-1, HEADER_BYTES),
            shipment.places,
            shipment.frames,
            shipment.lengths,
            table.offsets,
            table.segment_bytes,
            table.destinations,
            table.addresses,
            self._packets_per_message,
            self._messages,
            self._vectors,
        )
        if error != 0:
            raise OSError(error, os.strerror(error))

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()


def most_packets_per_message(table: PacketTable) -> int:
    """Return how many packets may leave as one message: 1 unless all stay on this machine.

    Packets that leave as one come out the same, but cost a third. Network cards may not be able
    to cut them.
    """
    local = all(ipaddress.IPv4Address(bytes(row[4:8])).is_loopback for row in table.addresses)
    if not local or not _can_segment():
        return 1
    return _LARGEST_MESSAGE_BYTES // table.layout.packet_bytes


def _can_segment() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.getsockopt(socket.IPPROTO_UDP, _UDP_SEGMENT)
        except OSError:
            return False
    return True
