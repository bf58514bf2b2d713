"""The kernel that sends packets, against what a plain socket gets."""

import errno
import socket
from collections.abc import Iterator

import numpy as np
import pytest

from jfjoch.kernels.packet_sending import MESSAGE_WORDS, VECTOR_WORDS, send_packets
from tests.reference.packets import datagrams

SEGMENTS, SEGMENT_BYTES = 3, 40
WHOLE = 48 + SEGMENTS * SEGMENT_BYTES
PLACES = 10
UDP_SEGMENT = 103


@pytest.fixture
def listeners() -> Iterator[list[socket.socket]]:
    opened = []
    for _ in range(2):
        listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 2**20)
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(30)
        opened.append(listener)
    yield opened
    for listener in opened:
        listener.close()


def addresses(listeners: list[socket.socket]) -> np.ndarray:
    """struct sockaddr_in of each."""
    rows = np.zeros((len(listeners), 16), np.uint8)
    for row, listener in zip(rows, listeners, strict=True):
        row[:2] = np.frombuffer(np.uint16(socket.AF_INET).tobytes(), np.uint8)
        row[2:4] = divmod(listener.getsockname()[1], 256)
        row[4:8] = 127, 0, 0, 1
    return rows


@pytest.mark.parametrize("packets_per_message", [1, 4])
@pytest.mark.parametrize("packet_count", [0, 1, 7, 300])
@pytest.mark.parametrize("short", [False, True])
def test_every_packet_is_made_of_its_header_and_its_segments(
    listeners: list[socket.socket], packet_count: int, packets_per_message: int, short: bool
) -> None:
    """In order, cut to its length; more of them than fit into one call; two frames at a time."""
    rng = np.random.default_rng(packet_count)
    frames = rng.integers(0, 256, (2, 4000), np.uint8)
    headers = rng.integers(0, 256, (packet_count, 48), np.uint8)
    places = np.sort(rng.integers(0, PLACES, packet_count))
    offsets = rng.integers(0, 4000 - SEGMENT_BYTES, (PLACES, SEGMENTS))
    from_frame = rng.integers(0, 2, packet_count)
    lengths = np.full(packet_count, WHOLE)
    if short:
        lengths[::3] = rng.integers(1, WHOLE, len(lengths[::3]))
    destinations = np.arange(PLACES) % 2
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        if packets_per_message > 1:
            sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, WHOLE)
        error = send_packets(
            sender.fileno(),
            headers,
            places,
            np.array([frame.ctypes.data for frame in frames])[from_frame],
            lengths,
            offsets,
            SEGMENT_BYTES,
            destinations,
            addresses(listeners),
            packets_per_message,
            np.zeros((16, MESSAGE_WORDS), np.uint64),
            np.zeros((16 * packets_per_message * (1 + SEGMENTS), VECTOR_WORDS), np.uint64),
        )
    assert error == 0
    expected = datagrams(headers, places, frames[from_frame], lengths, offsets, SEGMENT_BYTES)
    for number, listener in enumerate(listeners):
        own = [datagram for datagram, place in expected if destinations[place] == number]
        assert [listener.recv(65536) for _ in own] == own
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.recv(1)


def test_what_the_system_refuses_is_returned() -> None:
    one, none = np.ones(1, np.int64), np.zeros(1, np.int64)
    error = send_packets(
        -1,
        np.zeros((1, 48), np.uint8),
        none,
        none,
        48 * one,
        none[None],
        1,
        none,
        np.zeros((1, 16), np.uint8),
        1,
        np.zeros((1, MESSAGE_WORDS), np.uint64),
        np.zeros((2, VECTOR_WORDS), np.uint64),
    )
    assert error == errno.EBADF
