"""What the kernels that receive packets work on."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Int64s = NDArray[np.int64]

ACCEPTED, DUPLICATE, LATE, WRONG_SIZE, WRONG_TYPE, WRONG_VERSION, WRONG_NUMBER, NO_ROOM = range(8)
"""What became of a packet: index into the counts."""
OUTCOMES = 8

GIVEN_UP, NEXT_OPEN, NEWEST = range(3)
"""What a receiver has reached: index into its progress. Packets of earlier frames come too late;
all frames before are complete or given up; newest frame there are packets of."""
PROGRESS = 3

NOT_YET, DENIED = 0, -1
"""In place of memory: packets wait until there is some; packets are counted and dropped."""


class Ports(NamedTuple):
    """The sockets of one receiver, n of them."""

    polled: NDArray[np.uint64]
    """[n], struct pollfd: socket, POLLIN, and what poll returns."""
    module: Int64s
    """[n], counted within the receiver."""
    module_place: Int64s
    """[n], bytes from the first pixel of the frame to that of the module."""
    first_packet: Int64s
    """[n], of the port in its module."""
    newest: Int64s
    """[n], highest frame a packet came from; -1 before the first."""
    empty_at: Int64s
    """[n], newest frame of all ports when the socket was last found empty."""
    doubted: Int64s
    """[n], frame of a packet that came too far ahead to be believed at once; -1: none."""
    next_frame: Int64s
    next_number: Int64s
    """[n], frame and packet of it that should come next."""
    together: Int64s
    """[n], 0: packets come one by one; else several are handed over at a time."""


class Form(NamedTuple):
    """Packets of a run, all alike; ``packets`` are those of one module and frame."""

    packet_bytes: int
    detector_type: int
    version: int
    packets_per_port: int
    run_bytes: int
    """Of a packet: pixels that lie together in the frame; a multiple of 64."""
    widening: int
    """1, or 2 where pixels of 8 bits have 16 bits in the frame."""
    runs: int
    """Of a packet."""
    place: Int64s
    """[packets], bytes from the module's first pixel to that of the packet."""
    stride: Int64s
    """[packets], bytes from one run to the next."""
    module_bytes: int
    frame_count: int
    lag: int


class Batches(NamedTuple):
    """Memory for what a call brings: one batch more than there are ports.

    Usually one batch serves all ports in turn, and stays in the cache. A port whose packets have
    no place yet holds the batch until they can be taken; another one is used on.
    """

    messages: NDArray[np.uint64]
    """[batches, messages, 8], struct mmsghdr."""
    bytes: NDArray[np.uint8]
    """[batches, messages, most bytes of one], messages as they came; several packets may come as
    one."""
    control: NDArray[np.uint8]
    """[batches, messages, 32]; tells the size of the packets in a message."""
    vectors: NDArray[np.uint64]
    """[batches, messages, 2 x packets, 2], struct iovec: where the parts of a message go."""
    headers: NDArray[np.uint8]
    """[batches, messages, packets, 64], headers of packets whose pixels went to the frame."""
    elsewhere: NDArray[np.uint8]
    """[batches, messages, most bytes of one], for pixels that had no place in a frame."""
    unread: Int64s
    """[batches, 4]: next message, messages, next byte, and 1 while the parts are scattered."""
    held: Int64s
    """[ports], the batch a port holds; -1: none."""
    spare: Int64s
    """Batches nobody holds, as a stack; the one on top is used next."""
    spare_count: Int64s
    """[1]."""


class Window(NamedTuple):
    """The frames that can be filled, in ``length`` entries."""

    memory: Int64s
    """[length], address of the frame's pixels, ``NOT_YET`` or ``DENIED``."""
    frame: Int64s
    """[length], which frame the rest of the entry is about; -1: none."""
    arrived: NDArray[np.uint8]
    """[length, modules, packets], 1 or 0."""
    missing: Int64s
    """[length], packets of all modules."""
    pulse_id: NDArray[np.uint64]
    """[length], of the first packet."""
    status_bits: Int64s
    """[length], of the first packet."""
