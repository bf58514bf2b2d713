"""Packets of real detectors put together row by row; slow, and written from the format's page."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADER = struct.Struct("<QIIQQHHHHIHBB")


@dataclass(frozen=True)
class Header:
    """What a packet says of itself, in the order of the wire."""

    frame_number: int
    exposure_100ns: int
    packet_number: int
    pulse_id: int
    timestamp_100ns: int
    module_id: int
    row: int
    column: int
    detector_specific_2: int
    status_bits: int
    detector_specific_4: int
    detector_type: int
    version: int


@dataclass(frozen=True)
class Packet:
    """A datagram, and to which module and port it was sent."""

    module: int
    port: int
    content: bytes

    @property
    def header(self) -> Header:
        return Header(*HEADER.unpack(self.content[:48]))

    @property
    def payload(self) -> bytes:
        return self.content[48:]


def place_jungfrau(packet: Packet, interface_count: int, frame: NDArray[np.uint16]) -> None:
    """4 rows of 1024 pixels; the second of two interfaces sends rows 256 to 511."""
    rows = np.frombuffer(packet.payload, "<u2").reshape(4, 1024)
    for number, row in enumerate(rows):
        below = 4 * packet.header.packet_number + number
        first = 256 if interface_count == 2 and packet.port == 1 else 0
        frame[packet.module, first + below, :] = row


def place_eiger(packet: Packet, bits: int, frame: NDArray[Any]) -> None:
    """Rows of 512 pixels in 4096 bytes: of the top from row 0 down, of the bottom from 511 up."""
    rows = np.frombuffer(packet.payload, f"<u{bits // 8}").reshape(-1, 512)
    for number, row in enumerate(rows):
        below = len(rows) * packet.header.packet_number + number
        line = below if packet.port < 2 else 511 - below
        if packet.port % 2 == 0:
            frame[packet.module, line, :512] = row
        else:
            frame[packet.module, line, 512:] = row


def assemble(
    packets: list[Packet], module_count: int, ports: int, bits: int = 16
) -> dict[int, NDArray[Any]]:
    """Return the frames by their number, [modules, 512, 1024]; pixels without packet are 0."""
    frames: dict[int, NDArray[Any]] = {}
    for packet in packets:
        number = packet.header.frame_number
        if number not in frames:
            frames[number] = np.zeros((module_count, 512, 1024), f"u{bits // 8}")
        if ports == 4:
            place_eiger(packet, bits, frames[number])
        else:
            place_jungfrau(packet, ports, frames[number])
    return frames


def datagrams(
    headers: NDArray[np.uint8],
    places: NDArray[np.int64],
    frames: NDArray[np.uint8],
    lengths: NDArray[np.int64],
    offsets: NDArray[np.int64],
    segment_bytes: int,
) -> list[tuple[bytes, int]]:
    """Return what is sent, with its place; ``frames``: [packets, bytes], that of each packet."""
    made = []
    for header, place, frame, length in zip(headers, places, frames, lengths, strict=True):
        pixels = b"".join(frame[at : at + segment_bytes].tobytes() for at in offsets[place])
        made.append(((header.tobytes() + pixels)[:length], int(place)))
    return made
