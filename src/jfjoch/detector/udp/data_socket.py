"""The sockets packets come to."""

import errno
import logging
import os
import socket
from collections.abc import Sequence
from pathlib import Path

from jfjoch.errors import DetectorError

_logger = logging.getLogger(__name__)

_ALL_BUFFERS_BYTES = 512 * 2**20
_LEAST_BUFFER_BYTES, _MOST_BUFFER_BYTES = 32 * 2**20, 256 * 2**20
_SOCKET_TABLE = Path("/proc/net/udp")
_INODE, _DROPS = 9, 12
"""Columns of the table; see proc(5)."""
_SO_RCVBUFFORCE = 33
_SOL_UDP, _UDP_GRO = 17, 104


def wanted_buffer_bytes(socket_count: int) -> int:
    """Return how much each of so many sockets shall hold while their receiver has no processor.

    512 MiB together, which is more than 0.2 s of 16 Gbit/s. They take memory only when filled.
    """
    share = _ALL_BUFFERS_BYTES // socket_count
    return min(max(share, _LEAST_BUFFER_BYTES), _MOST_BUFFER_BYTES)


def open_data_socket(ipv4: str, port: int, buffer_bytes: int) -> socket.socket:
    """Return a socket bound to that address, with a buffer as large as the system gives.

    Raises:
        DetectorError: the address is not of this machine, or the port in use.
    """
    data_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        data_socket.bind((ipv4, port))
    except OSError as error:
        data_socket.close()
        raise DetectorError(_explained(ipv4, port, error)) from error
    _enlarge(data_socket, buffer_bytes)
    _join_packets(data_socket)
    return data_socket


def given_buffer_bytes(data_socket: socket.socket) -> int:
    """Return what the system has given; it reports twice what may be filled with packets."""
    return data_socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2


def warn_of_small_buffers(given_bytes: int, wanted_bytes: int) -> None:
    """Tell how to allow larger ones, if they are too small."""
    if given_bytes < wanted_bytes:
        _logger.warning(
            "the system gives receive buffers of %.1f MiB, %.0f MiB were asked for; packets may "
            "be lost. Allow more: sysctl -w net.core.rmem_max=%d",
            given_bytes / 2**20,
            wanted_bytes / 2**20,
            wanted_bytes,
        )


def dropped_by_system(sockets: Sequence[socket.socket]) -> int:
    """Return how often packets found the buffers of these sockets full, since they were opened.

    Packets that came together count once.
    """
    inodes = {str(os.fstat(opened.fileno()).st_ino) for opened in sockets}
    lines = _SOCKET_TABLE.read_text("ascii").splitlines()[1:]
    fields = [line.split() for line in lines]
    return sum(int(field[_DROPS]) for field in fields if field[_INODE] in inodes)


def _enlarge(data_socket: socket.socket, buffer_bytes: int) -> None:
    """Past the limit of the system where that is allowed (CAP_NET_ADMIN), else up to it."""
    try:
        data_socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, buffer_bytes)
    except PermissionError:
        data_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)


def _join_packets(data_socket: socket.socket) -> None:
    """Have packets that came together handed over together, where the system can."""
    try:
        data_socket.setsockopt(_SOL_UDP, _UDP_GRO, 1)
    except OSError:
        _logger.debug("no UDP_GRO: packets are handed over one by one")


def _explained(ipv4: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"UDP port {port} of {ipv4} is in use: another receiver runs on this machine; "
            "end it, then initialize"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return (
            f"no network interface of this machine has the address {ipv4}; correct pcie in the "
            "configuration, or set up the interface"
        )
    return f"can't receive on UDP port {port} of {ipv4}: {os.strerror(error.errno or 0)}"
