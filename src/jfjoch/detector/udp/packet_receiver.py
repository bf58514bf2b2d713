"""The packets of some modules."""

import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.packets.addressing import ModuleAddress
from jfjoch.detector.packets.layout import PacketLayout
from jfjoch.detector.udp import packet_memory
from jfjoch.detector.udp.data_socket import (
    dropped_by_system,
    given_buffer_bytes,
    open_data_socket,
    wanted_buffer_bytes,
    warn_of_small_buffers,
)
from jfjoch.detector.udp.frame_window import FrameWindow, Progress
from jfjoch.detector.udp.packet_counts import PacketCounts
from jfjoch.kernels import packet_reception as kernel
from jfjoch.kernels.packet_types import GIVEN_UP, OUTCOMES, PROGRESS

_LONGEST_GATHERING_US = 1000
_FASTEST_BYTES_PER_US = 2500
"""At which packets may come: twice 10 Gbit/s."""
POLL_MS = 20
"""Longest time one call waits for packets."""
_MOST_ROUNDS, _LONGEST_GATHERINGS_US = 256, 10_000
"""Of one call; so much is done before others are told of it."""
_WAIT_S = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class ArrivedPart:
    """What a receiver has of one frame."""

    packets: NDArray[np.uint8]
    """[modules, packets], 1 where one arrived."""
    count: int
    """Of packets that arrived."""
    pulse_id: int
    status_bits: int


class PacketReceiver:
    """The sockets of one local address, for one run.

    ``step`` is for one thread. What ``arrived`` tells of a frame may be asked for by another
    one as soon as it has been reported as over.
    """

    def __init__(
        self,
        addresses: Sequence[ModuleAddress],
        layout: PacketLayout,
        frame_count: int,
        window: FrameWindow,
    ) -> None:
        """Open the sockets. Raises DetectorError when that does not work."""
        self.form = packet_memory.packet_form(layout, frame_count)
        self.first_module = addresses[0].module
        self.module_count = len(addresses)
        self._number = addresses[0].receiver
        self._shared = window
        self._sockets = _open_all(addresses, layout)
        self._gather_us = gathering_time_us(min(map(given_buffer_bytes, self._sockets)))
        self._most_rounds = min(_MOST_ROUNDS, _LONGEST_GATHERINGS_US // max(1, self._gather_us))
        self._overflowed = 0
        descriptors = [opened.fileno() for opened in self._sockets]
        self._ports = packet_memory.ports(layout, descriptors, self.first_module)
        self._batches = packet_memory.batches(layout, len(self._ports.polled))
        self._window = packet_memory.window(window.length, len(addresses), layout)
        self._outcomes = np.zeros(OUTCOMES, np.int64)
        self._progress = np.zeros(PROGRESS, np.int64)
        self._quiet_calls = 0

    @property
    def counts(self) -> PacketCounts:
        """Packets so far."""
        return replace(PacketCounts.of(self._outcomes), overflowed=self._overflowed)

    def step(self) -> None:
        """Take what packets come, for some milliseconds."""
        view = self._shared.view(self._number, self._window.memory)
        progress = self._progress
        progress[GIVEN_UP] = max(progress[GIVEN_UP], view.give_up_below)
        reason = kernel.receive(
            self._ports,
            self.form,
            self._batches,
            self._window,
            self._outcomes,
            progress,
            view.first,
            view.newest_elsewhere,
            POLL_MS,
            self._gather_us,
            self._most_rounds,
        )
        blocked_at = view.version if reason == kernel.FULL else -1
        self._quiet_calls = self._quiet_calls + 1 if reason == kernel.QUIET else 0
        _, next_open, newest = progress.tolist()
        self._shared.report(
            self._number, Progress(next_open, newest, self._quiet_calls, blocked_at)
        )
        if reason == kernel.FULL:
            self._shared.wait_for_change(view.version, _WAIT_S)

    def arrived(self, frame: int) -> ArrivedPart | None:
        """Return what is there of a frame; None: nothing."""
        entry = frame % self._shared.length
        window = self._window
        if window.frame[entry] != frame:
            return None
        arrived = window.arrived[entry]
        return ArrivedPart(
            arrived,
            arrived.size - int(window.missing[entry]),
            int(window.pulse_id[entry]),
            int(window.status_bits[entry]),
        )

    def fill_missing(self, frame: NDArray[Any], part: ArrivedPart | None) -> None:
        """Give pixels of this receiver's modules, of which no packet came, the value for that.

        frame: [modules, 512, 1024], of the whole detector. 255 in every byte stands for a missing
        packet, whatever the detector.
        """
        modules = frame[self.first_module : self.first_module + self.module_count]
        if part is None:
            modules.view(np.uint8).fill(255)
        else:
            kernel.fill_missing(modules.ctypes.data, part.packets, self.form)

    def close(self) -> None:
        """Close the sockets."""
        if self._sockets:
            self._overflowed = dropped_by_system(self._sockets)
        for opened in self._sockets:
            opened.close()
        self._sockets = []


def gathering_time_us(buffer_bytes: int) -> int:
    """Return how long packets may be left in buffers of that size while there are few of them.

    The longer, the less a packet costs; half of a buffer is kept for a receiver that is late.
    """
    return min(_LONGEST_GATHERING_US, buffer_bytes // 2 // _FASTEST_BYTES_PER_US)


def _open_all(addresses: Sequence[ModuleAddress], layout: PacketLayout) -> list[socket.socket]:
    wanted_bytes = wanted_buffer_bytes(len(addresses) * len(layout.ports))
    with ExitStack() as opening:
        sockets = [
            opening.enter_context(
                open_data_socket(address.ipv4, address.first_port + port, wanted_bytes)
            )
            for address in addresses
            for port in range(len(layout.ports))
        ]
        opening.pop_all()
    warn_of_small_buffers(min(map(given_buffer_bytes, sockets)), wanted_bytes)
    return sockets
