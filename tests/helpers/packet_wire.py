"""Sends packets to a receiver under test."""

import socket
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.packets.addressing import ModuleAddress
from jfjoch.detector.packets.layout import PacketLayout
from tests.reference.packet_cutting import cut_module

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

    def send(self, packets: Iterable[Packet]) -> None:
        for destination, packet in packets:
            self._socket.sendto(packet, destination)

    def close(self) -> None:
        self._socket.close()


def random_frames(count: int, modules: int, dtype: str, seed: int = 1) -> NDArray[Any]:
    """Return frames [count, modules, 512, 1024] of any values the type has."""
    info = np.iinfo(dtype)
    rng = np.random.default_rng(seed)
    return rng.integers(0, info.max, (count, modules, 512, 1024), dtype, endpoint=True)
