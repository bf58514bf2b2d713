"""Sends packets to a receiver under test."""

import socket
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.packets.addressing import ModuleAddress
from jfjoch.detector.packets.layout import PacketLayout
from tests.reference.packet_cutting import cut_module

_UDP_SEGMENT = 103

Packet = tuple[tuple[str, int], bytes]
"""Where it goes, and what it is."""


class PacketWire:
    """Stands for a detector's network; frames are counted from 0."""

    def __init__(self, addresses: Sequence[ModuleAddress], layout: PacketLayout) -> None:
        self._addresses = addresses
        self._layout = layout
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def packets(self, number: int, frame: NDArray[Any], **header: int) -> list[Packet]:
        """Return the packets of a frame, [modules, 512, 1024], module by module."""
        return [
            ((address.ipv4, address.first_port + port), packet)
            for address in self._addresses
            for port, packet in cut_module(
                frame[address.module], self._layout, number + 1, **header
            )
        ]

    def send(self, packets: Iterable[Packet], together: int = 1) -> None:
        """Send in that order; up to ``together`` that follow each other to a port at a time.

        The system cuts them into packets only where they are read one by one.
        """
        for destination, group in _groups(packets, together):
            if len(group) > 1:
                size = struct.pack("H", len(group[0]))
                how = [(socket.IPPROTO_UDP, _UDP_SEGMENT, size)]
                self._socket.sendmsg(group, how, 0, destination)
            else:
                self._socket.sendto(group[0], destination)

    def close(self) -> None:
        self._socket.close()


def random_frames(count: int, modules: int, dtype: str, seed: int = 1) -> NDArray[Any]:
    """Return frames [count, modules, 512, 1024] of any values the type has."""
    info = np.iinfo(dtype)
    rng = np.random.default_rng(seed)
    return rng.integers(0, info.max, (count, modules, 512, 1024), dtype, endpoint=True)


def _groups(
    packets: Iterable[Packet], together: int
) -> Iterator[tuple[tuple[str, int], list[bytes]]]:
    """Yield packets of one size that follow each other to one destination."""
    group: list[Packet] = []
    for packet in packets:
        alike = group and packet[0] == group[0][0] and len(packet[1]) == len(group[0][1])
        if group and (not alike or len(group) == together):
            yield group[0][0], [content for _, content in group]
            group = []
        group.append(packet)
    if group:
        yield group[0][0], [content for _, content in group]
