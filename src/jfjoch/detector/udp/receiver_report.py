"""What is known about the receivers of packets."""

from dataclasses import dataclass

from jfjoch.detector.udp.packet_counts import PacketCounts


@dataclass(frozen=True, slots=True)
class ReceiverAddress:
    """A receiver as it is configured (pcie)."""

    name: str
    ipv4: str


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    """A receiver, and what came to it in the present or last run."""

    address: ReceiverAddress
    counts: PacketCounts
