"""Frames cut into packets, pixel row by pixel row (slow)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.packets.header import HEADER
from jfjoch.detector.packets.layout import PacketLayout


def cut_module(
    module: NDArray[Any], layout: PacketLayout, frame_number: int, **header: int
) -> Iterator[tuple[int, bytes]]:
    """Yield (port, packet) of one module, [512, 1024], packet by packet over all its ports.

    frame_number: as on the wire, from 1. Other fields of the header by their names.
    """
    for packet in range(layout.packets_per_port):
        for port, area in enumerate(layout.ports):
            rows = []
            for line in range(layout.rows_per_packet):
                row = area.first_row + area.row_step * (packet * layout.rows_per_packet + line)
                rows.append(module[row, area.first_column : area.first_column + layout.columns])
            head = np.zeros((), HEADER)
            head["frame_number"] = frame_number
            head["packet_number"] = packet
            head["detector_type"] = layout.detector_type
            head["version"] = 2
            for name, value in header.items():
                head[name] = value
            yield port, head.tobytes() + np.stack(rows).astype(layout.dtype).tobytes()
