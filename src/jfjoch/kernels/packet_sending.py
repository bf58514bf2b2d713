"""Packets into a UDP socket: many per system call, pixels from where they lie."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel
from jfjoch.kernels._system_calls import error_number_at, send_messages, yield_processor
from jfjoch.kernels.packet_header import HEADER_BYTES

MESSAGE_WORDS = 8
"""``struct mmsghdr`` of 64-bit Linux as uint64: name, its length, vectors, their number, control,
its length, flags, bytes sent."""
VECTOR_WORDS = 2
"""``struct iovec``: address, bytes."""
ADDRESS_BYTES = 16
"""``struct sockaddr_in``."""

_NAME, _NAME_BYTES, _VECTORS, _VECTOR_COUNT = 0, 1, 2, 3
_INTERRUPTED, _TRY_AGAIN, _NO_BUFFERS = 4, 11, 105


@kernel
def send_packets(
    socket: int,
    headers: NDArray[np.uint8],
    places: NDArray[np.int64],
    frames: NDArray[np.int64],
    lengths: NDArray[np.int64],
    offsets: NDArray[np.int64],
    segment_bytes: int,
    destinations: NDArray[np.int64],
    addresses: NDArray[np.uint8],
    packets_per_message: int,
    messages: NDArray[np.uint64],
    vectors: NDArray[np.uint64],
) -> int:
    """Send packets in their order; returns 0, or the error number of the system.

    socket: descriptor of a UDP socket that blocks.
    headers: [packets, 48]. places: [packets], which packet of a frame each one is.
    frames: [packets], address in memory of the frame its pixels are from.
    lengths: [packets], bytes to send of it, header included.
    offsets: [places, segments], where in a frame the pixels of a place lie, bytes;
    segment_bytes: size of each of these pieces.
    destinations: [places], row of ``addresses``, [destinations, 16].
    packets_per_message: so many following packets to one destination may leave as one message,
    which a socket with UDP_SEGMENT cuts again; else 1.
    messages: [most messages per call, 8] and vectors: [messages * packets_per_message *
    (1 + segments), 2] are written.
    """
    first = 0
    while first < places.size:
        count, end = _compose(
            first,
            headers,
            places,
            frames,
            lengths,
            offsets,
            segment_bytes,
            destinations,
            addresses,
            packets_per_message,
            messages,
            vectors,
        )
        error = _send(socket, messages, count)
        if error != 0:
            return error
        first = end
    return 0


@kernel
def _compose(
    first: int,
    headers: NDArray[np.uint8],
    places: NDArray[np.int64],
    frames: NDArray[np.int64],
    lengths: NDArray[np.int64],
    offsets: NDArray[np.int64],
    segment_bytes: int,
    destinations: NDArray[np.int64],
    addresses: NDArray[np.uint8],
    packets_per_message: int,
    messages: NDArray[np.uint64],
    vectors: NDArray[np.uint64],
) -> tuple[int, int]:
    """Describe packets from ``first`` on; returns messages made, and the first packet left."""
    count, vector, inside, destination = 0, 0, 0, -1
    whole = HEADER_BYTES + offsets.shape[1] * segment_bytes
    packet = first
    while packet < places.size:
        place = places[packet]
        if destinations[place] != destination or inside == packets_per_message:
            if count == messages.shape[0]:
                break
            destination, inside = destinations[place], 0
            messages[count, :] = 0
            messages[count, _NAME] = addresses.ctypes.data + destination * ADDRESS_BYTES
            messages[count, _NAME_BYTES] = ADDRESS_BYTES
            messages[count, _VECTORS] = vectors.ctypes.data + vector * VECTOR_WORDS * 8
            count += 1
        header = headers.ctypes.data + packet * HEADER_BYTES
        used = _point_at(
            header,
            frames[packet],
            lengths[packet],
            offsets[place],
            segment_bytes,
            vectors[vector:],
        )
        messages[count - 1, _VECTOR_COUNT] += np.uint64(used)
        vector += used
        # Only the last packet of a message may be shorter than the others.
        inside = inside + 1 if lengths[packet] == whole else packets_per_message
        packet += 1
    return count, packet


@kernel
def _point_at(
    header: int,
    frame: int,
    length: int,
    offsets: NDArray[np.int64],
    segment_bytes: int,
    vectors: NDArray[np.uint64],
) -> int:
    """Write the vectors of a packet of ``length`` bytes; returns how many there are."""
    vectors[0, 0] = header
    vectors[0, 1] = min(length, HEADER_BYTES)
    used, left = 1, length - HEADER_BYTES
    while left > 0:
        vectors[used, 0] = frame + offsets[used - 1]
        vectors[used, 1] = min(left, segment_bytes)
        used += 1
        left -= segment_bytes
    return used


@kernel
def _send(socket: int, messages: NDArray[np.uint64], count: int) -> int:
    """Send so many messages; returns 0 or the error number of the system."""
    done = 0
    while done < count:
        address = messages.ctypes.data + done * MESSAGE_WORDS * 8
        result = send_messages(socket, address, count - done, 0)
        if result < 0:
            error = error_number_at()[0]
            if error != _INTERRUPTED and error != _TRY_AGAIN and error != _NO_BUFFERS:
                return int(error)
            yield_processor()
        else:
            done += result
    return 0


def warm_up() -> None:
    """Compile the kernels of this file."""
    none, offsets = np.zeros(0, np.int64), np.zeros((1, 1), np.int64)
    octets, words = np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.uint64)
    send_packets(-1, octets, none, none, none, offsets, 1, none, octets, 1, words, words)
