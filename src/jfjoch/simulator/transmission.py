"""The sending of one acquisition."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.simulator.departures import Departures
from jfjoch.simulator.frame_supply import DarkFrames, LightFrames
from jfjoch.simulator.packet_socket import PacketSocket
from jfjoch.simulator.packet_stream import PacketStream
from jfjoch.simulator.shipment import Shipment
from jfjoch.simulator.stamps import FrameStamps

_PART_S = 0.001
"""From one part of a frame to the next."""


@dataclass(frozen=True, slots=True, eq=False)
class TransmissionParts:
    """What an acquisition is sent with."""

    departures: Departures
    frames: LightFrames | DarkFrames
    stamps: FrameStamps
    stream: PacketStream
    socket: PacketSocket
    delays_s: NDArray[np.float64]
    """[places], how long after a frame its packets leave."""


class Transmission:
    """Sends frame after frame; ``run`` is for one thread, the counts for any."""

    def __init__(self, parts: TransmissionParts) -> None:
        self._parts = parts
        self._delays_s = np.unique(parts.delays_s)
        self.frames_sent = 0
        """Of each module; those a dead module did not send are counted."""
        self.packets_sent = 0
        """Copies included."""

    def run(self) -> None:
        """Send all frames, or those until ``Departures.stop``; OSError when it can't send."""
        while (due := self._parts.departures.next()) is not None:
            self._send_frame(due)
        self._send(self._parts.stream.rest())

    def _send_frame(self, due: float) -> None:
        parts, number = self._parts, self.frames_sent
        frame = parts.frames.frame(number)
        stamp = parts.stamps.stamp(number, due - parts.departures.began_s)
        shipment = parts.stream.shipment(number, stamp, frame.ctypes.data)
        if len(self._delays_s) == 1:
            self._send_spread(shipment, due + float(self._delays_s[0]))
        else:
            self._send_in_groups(shipment, due)
        self.frames_sent += 1

    def _send_spread(self, shipment: Shipment, time_s: float) -> None:
        """Leave the receiver time between the parts of a frame, as a network does, if there is any.

        Else a whole frame comes at once, more than the usual receive buffer of Linux holds.
        """
        spread_s = self._parts.departures.spread_s
        count = max(1, int(spread_s / _PART_S))
        length = max(1, -(-len(shipment) // count))
        for part, first in enumerate(range(0, len(shipment), length)):
            chosen = slice(first, first + length)
            self._send_later(shipment.part(chosen), time_s + part * spread_s / count)

    def _send_in_groups(self, shipment: Shipment, due: float) -> None:
        delays = self._parts.delays_s[shipment.places]
        for delay in self._delays_s:
            self._send_later(shipment.part(delays == delay), due + float(delay))

    def _send_later(self, shipment: Shipment, time_s: float) -> None:
        self._parts.departures.pause_until(time_s)
        self._send(shipment)

    def _send(self, shipment: Shipment) -> None:
        self._parts.socket.send(shipment)
        self.packets_sent += len(shipment)
