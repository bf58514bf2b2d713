"""What the kernel that receives packets works on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from jfjoch.detector.packets.header import HEADER_VERSION
from jfjoch.detector.packets.layout import PacketLayout, PortArea
from jfjoch.geometry.module_shape import RAW_SHAPE
from jfjoch.kernels.packet_types import Batches, Form, Ports, Window

_MESSAGES = 16
"""Of a batch: enough to share the cost of a call, few enough to stay in the cache."""
_MESSAGE_BYTES = 65536
"""The most that is handed over together."""
_CONTROL_BYTES = 32
_HEADER_PLACE_BYTES = 64
_POLLIN = 1 << 32
_LEAST_PACKETS_BEHIND, _LEAST_FRAMES_BEHIND = 128, 2
_ROWS, _COLUMNS = RAW_SHAPE


def packet_form(layout: PacketLayout, frame_count: int) -> Form:
    """Return how the packets of a run look, and where their pixels belong."""
    row_bytes = _COLUMNS * layout.frame_pixel_bytes
    whole_rows = layout.columns == _COLUMNS
    return Form(
        packet_bytes=layout.packet_bytes,
        detector_type=layout.detector_type,
        version=HEADER_VERSION,
        packets_per_port=layout.packets_per_port,
        run_bytes=layout.payload_bytes if whole_rows else layout.columns * layout.pixel_bytes,
        widening=layout.frame_pixel_bytes // layout.pixel_bytes,
        runs=1 if whole_rows else layout.rows_per_packet,
        place=np.concatenate([_places(layout, area) for area in layout.ports]),
        stride=np.repeat(
            [area.row_step * row_bytes for area in layout.ports], layout.packets_per_port
        ),
        module_bytes=_ROWS * row_bytes,
        frame_count=frame_count,
        lag=frames_behind(layout),
    )


def frames_behind(layout: PacketLayout) -> int:
    """Return how far a port may be ahead of a packet that is still waited for.

    Two frames; more where a frame is so few packets that networks could mix those of three.
    """
    return max(_LEAST_FRAMES_BEHIND, -(-_LEAST_PACKETS_BEHIND // layout.packets_per_port))


def ports(layout: PacketLayout, descriptors: Sequence[int], first_module: int) -> Ports:
    """Return the state of those sockets, which are ordered by module, then port."""
    count = len(descriptors)
    number = np.arange(count)
    module = number // len(layout.ports)
    return Ports(
        polled=np.array([descriptor | _POLLIN for descriptor in descriptors], np.uint64),
        module=module,
        module_place=(first_module + module) * _ROWS * _COLUMNS * layout.frame_pixel_bytes,
        first_packet=number % len(layout.ports) * layout.packets_per_port,
        newest=np.full(count, -1),
        empty_at=np.full(count, -1),
        doubted=np.full(count, -1),
        next_frame=np.zeros(count, np.int64),
        next_number=np.zeros(count, np.int64),
        together=np.zeros(count, np.int64),
    )


def batches(layout: PacketLayout, port_count: int) -> Batches:
    """Return memory for what calls bring; most of it is never touched."""
    count = port_count + 1
    together = _MESSAGE_BYTES // layout.packet_bytes
    shape = (count, _MESSAGES, _MESSAGE_BYTES)
    control = np.zeros((count, _MESSAGES, _CONTROL_BYTES), np.uint8)
    vectors = np.zeros((count, _MESSAGES, max(3, 2 * together), 2), np.uint64)
    messages = np.zeros((count, _MESSAGES, 8), np.uint64)
    messages[..., 2] = _addresses(vectors)
    messages[..., 4] = _addresses(control)
    return Batches(
        messages=messages,
        bytes=np.empty(shape, np.uint8),
        control=control,
        vectors=vectors,
        headers=np.empty((count, _MESSAGES, together, _HEADER_PLACE_BYTES), np.uint8),
        elsewhere=np.empty(shape, np.uint8),
        unread=np.zeros((count, 4), np.int64),
        held=np.full(port_count, -1),
        spare=np.arange(count),
        spare_count=np.array([count]),
    )


def window(length: int, module_count: int, layout: PacketLayout) -> Window:
    """Return an empty window."""
    return Window(
        memory=np.zeros(length, np.int64),
        frame=np.full(length, -1),
        arrived=np.zeros((length, module_count, layout.packets_per_module), np.uint8),
        missing=np.zeros(length, np.int64),
        pulse_id=np.zeros(length, np.uint64),
        status_bits=np.zeros(length, np.int64),
    )


def _places(layout: PacketLayout, area: PortArea) -> NDArray[np.int64]:
    packets = np.arange(layout.packets_per_port)
    rows = area.first_row + area.row_step * packets * layout.rows_per_packet
    return (rows * _COLUMNS + area.first_column) * layout.frame_pixel_bytes


def _addresses(memory: NDArray[np.uint8] | NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return where the [batch, message] parts of an array lie."""
    step = memory.strides[1]
    count = memory.shape[0] * memory.shape[1]
    flat = memory.ctypes.data + step * np.arange(count, dtype=np.uint64)
    return flat.reshape(memory.shape[:2])
