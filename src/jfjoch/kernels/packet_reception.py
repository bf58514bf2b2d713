"""Packets from UDP sockets into frames.

``receive`` reads the sockets of one receiver until frames are finished or nothing comes. Frames
are counted from 0; those between ``first`` and ``first`` plus the length of the window may have
memory, in the window's entry ``frame % length``. Packets go to their place in it, in any order;
those of frames that have none yet wait.

A port is behind while its socket may still hold packets. So it is asked for more before a frame
is given up: a frame ends when all its packets are there, or when every port has either sent
``lag`` frames more, or was found empty after another one had.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._intrinsics import load_byte, load_word
from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels._system_calls import copy_bytes, fill_bytes, poll, receive_messages, sleep_us
from jfjoch.kernels.packet_header import (
    DETECTOR_TYPE,
    HEADER_BYTES,
    PACKET_NUMBER,
    PULSE_ID,
    STATUS_BITS,
    VERSION,
)

Int64s = NDArray[np.int64]

_LOW_32_BITS = np.uint64(0xFFFFFFFF)

READY, QUIET, FULL = 0, 1, 2
"""Why ``receive`` returns: frames have ended; nothing came; packets wait for memory."""

ACCEPTED, DUPLICATE, LATE, WRONG_SIZE, WRONG_TYPE, WRONG_VERSION, WRONG_NUMBER, NO_ROOM = range(8)
"""What became of a packet: index into the counts."""
OUTCOMES = 8

NOT_YET, DENIED = 0, -1
"""In place of memory: packets wait until there is some; packets are counted and dropped."""

_MSG_DONTWAIT = 0x40
_READABLE = np.uint64(1 << 48)
"""POLLIN among the returned events of a pollfd."""
_GATHER_US = 50
_FEW = 4


class Ports(NamedTuple):
    """The sockets of one receiver, n of them."""

    polled: NDArray[np.uint64]
    """[n], struct pollfd: socket, POLLIN, and what poll returns."""
    module: Int64s
    """[n], counted within the receiver."""
    first_packet: Int64s
    """[n], of the port in its module."""
    newest: Int64s
    """[n], highest frame a packet came from; -1 before the first."""
    empty_at: Int64s
    """[n], newest frame of all ports when the socket was last found empty."""


class Form(NamedTuple):
    """Packets of a run, all alike; ``packets`` are those of one module and frame."""

    packet_bytes: int
    detector_type: int
    version: int
    packets_per_port: int
    run_bytes: int
    """Pixels that lie together in the frame."""
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
    """[batches, messages, most bytes of one]; several packets may come as one message."""
    control: NDArray[np.uint8]
    """[batches, messages, 32]; tells the size of the packets in a message."""
    vectors: NDArray[np.uint64]
    """[batches, messages, 2], struct iovec that the messages point to."""
    unread: Int64s
    """[batches, 3]: next message, messages, next byte."""
    held: Int64s
    """[ports], the batch a port holds; -1: none."""
    spare: Int64s
    """Batches nobody holds, as a stack; the one on top is used next."""
    spare_count: Int64s
    """[1]."""


class Window(NamedTuple):
    """The frames that can be filled, in ``length`` entries."""

    memory: Int64s
    """[length], address of the pixels of the receiver's first module, ``NOT_YET`` or ``DENIED``."""
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


@kernel
def receive(
    ports: Ports,
    form: Form,
    batches: Batches,
    window: Window,
    counts: Int64s,
    first: int,
    given_up: int,
    newest_elsewhere: int,
    timeout_ms: int,
    most_rounds: int,
) -> int:
    """Take packets; return READY, QUIET or FULL.

    counts: [OUTCOMES], added to. first: oldest frame of the window. given_up: packets of earlier
    frames come too late. newest_elsewhere: of other receivers.
    """
    few = True
    for port in range(ports.polled.size):
        if batches.held[port] >= 0:
            _take_batch(port, ports, form, batches, window, counts, first, given_up)
            few = False
    for _ in range(most_rounds):
        if few:
            sleep_us(_GATHER_US)
        wait_ms = 0 if _any_held(batches) else timeout_ms
        ready = poll(ports.polled.ctypes.data, ports.polled.size, wait_ms)
        _note_empty(ports, batches, newest_elsewhere, ready <= 0)
        few = True
        progress = False
        for port in range(ports.polled.size):
            if ready <= 0 or batches.held[port] >= 0 or not _is_readable(ports, port):
                continue
            count = _fill(port, ports, batches)
            few = few and count * _FEW < batches.messages.shape[1]
            progress = progress or count > 0
            _take_batch(port, ports, form, batches, window, counts, first, given_up)
        ended = ended_frames(ports, form, window, first, given_up)
        if ended > 0 and (few or ended * _FEW >= window.frame.size):
            return READY
        if not progress:
            return FULL if _any_held(batches) else QUIET
    return READY


@kernel_part
def _is_readable(ports: Ports, port: int) -> bool:
    readable: bool = ports.polled[port] & _READABLE != 0
    return readable


@kernel_part
def _any_held(batches: Batches) -> bool:
    held: bool = batches.spare_count[0] < batches.spare.size
    return held


@kernel_part
def _fill(port: int, ports: Ports, batches: Batches) -> int:
    """Read what a socket has, as far as a batch goes; the port holds the batch then."""
    batches.spare_count[0] -= 1
    batch = batches.spare[batches.spare_count[0]]
    batches.held[port] = batch
    for message in range(batches.messages.shape[1]):
        batches.messages[batch, message, 5] = batches.control.shape[2]
        batches.control[batch, message, 0] = 0
    count: int = receive_messages(
        np.int32(_low_half(ports.polled[port])),
        batches.messages[batch].ctypes.data,
        batches.messages.shape[1],
        _MSG_DONTWAIT,
        0,
    )
    batches.unread[batch, 0] = 0
    batches.unread[batch, 1] = max(0, count)
    batches.unread[batch, 2] = 0
    return count


@kernel
def _take_batch(
    port: int,
    ports: Ports,
    form: Form,
    batches: Batches,
    window: Window,
    counts: Int64s,
    first: int,
    given_up: int,
) -> None:
    """Take the packets of the batch the port holds, and give it back unless some are left."""
    batch = batches.held[port]
    begin, count, start = batches.unread[batch]
    for message in range(begin, count):
        size = _low_half(batches.messages[batch, message, 7])
        step = _packet_size(batches, batch, message, size)
        address = batches.bytes[batch, message].ctypes.data
        counts[WRONG_SIZE] += size == 0
        while start < size:
            outcome = _take(
                address + start, min(step, size - start), port, ports, form, window, first, given_up
            )
            if outcome < 0:
                batches.unread[batch, 0] = message
                batches.unread[batch, 2] = start
                return
            counts[outcome] += 1
            start += step
        start = 0
    batches.held[port] = -1
    batches.spare[batches.spare_count[0]] = batch
    batches.spare_count[0] += 1


@kernel_part
def _low_half(word: Any) -> Any:
    """Return the lower 32 bits as int64."""
    return np.int64(word & _LOW_32_BITS)


@kernel_part
def _packet_size(batches: Batches, batch: int, message: int, size: int) -> int:
    """Bytes of the packets that came as one message, from its control data (UDP_GRO)."""
    if batches.control[batch, message, 0] == 0:
        return size
    control = batches.control[batch, message].ctypes.data
    together = _low_half(load_word(control + 16))
    return together if together > 0 else size


@kernel_part
def _take(
    packet: int,
    size: int,
    port: int,
    ports: Ports,
    form: Form,
    window: Window,
    first: int,
    given_up: int,
) -> int:
    """Put a packet in its place and tell what became of it; -1: it must wait."""
    if size != form.packet_bytes:
        return WRONG_SIZE
    if load_byte(packet + DETECTOR_TYPE) != form.detector_type:
        return WRONG_TYPE
    if load_byte(packet + VERSION) != form.version:
        return WRONG_VERSION
    frame: Any = np.int64(load_word(packet)) - 1
    number = _low_half(load_word(packet + PACKET_NUMBER))
    if number >= form.packets_per_port or frame < 0 or frame >= form.frame_count:
        return WRONG_NUMBER
    if frame < first:
        return LATE if frame < given_up else DUPLICATE
    ports.newest[port] = max(ports.newest[port], frame)
    if frame < given_up:
        return LATE
    if frame >= first + window.frame.size or window.memory[frame % window.frame.size] == NOT_YET:
        return -1
    return _keep(packet, frame, ports.first_packet[port] + number, ports.module[port], form, window)


@kernel_part
def _keep(packet: int, frame: int, index: int, module: int, form: Form, window: Window) -> int:
    entry = frame % window.frame.size
    if window.frame[entry] != frame:
        _begin(window, entry, frame, packet)
    if window.arrived[entry, module, index]:
        return DUPLICATE
    window.arrived[entry, module, index] = 1
    if window.memory[entry] != DENIED:
        _copy(packet, window.memory[entry] + module * form.module_bytes, index, form)
    window.missing[entry] -= 1
    return NO_ROOM if window.memory[entry] == DENIED else ACCEPTED


@kernel_part
def _copy(packet: int, module: int, index: int, form: Form) -> None:
    """Copy the pixels of a packet to their place in the module, an address."""
    to = module + form.place[index]
    pixels = packet + HEADER_BYTES
    for run in range(form.runs):
        copy_bytes(to + run * form.stride[index], pixels + run * form.run_bytes, form.run_bytes)


@kernel_part
def _begin(window: Window, entry: int, frame: int, packet: int) -> None:
    window.frame[entry] = frame
    window.arrived[entry] = 0
    window.missing[entry] = window.arrived.shape[1] * window.arrived.shape[2]
    window.pulse_id[entry] = load_word(packet + PULSE_ID)
    window.status_bits[entry] = _low_half(load_word(packet + STATUS_BITS))


@kernel_part
def _note_empty(ports: Ports, batches: Batches, newest_elsewhere: int, all_are: bool) -> None:
    """Note for sockets that have nothing how far the others are."""
    newest = newest_elsewhere
    for port in range(ports.newest.size):
        newest = max(newest, ports.newest[port])
    for port in range(ports.newest.size):
        if batches.held[port] < 0 and (all_are or not _is_readable(ports, port)):
            ports.empty_at[port] = newest


@kernel
def ended_frames(ports: Ports, form: Form, window: Window, first: int, given_up: int) -> int:
    """Return how many of the oldest frames are complete or given up."""
    horizon = max(given_up, give_up_below(ports, form.lag))
    frame = first
    while frame < first + window.frame.size and (frame < horizon or _is_complete(window, frame)):
        frame += 1
    return frame - first


@kernel_part
def _is_complete(window: Window, frame: int) -> bool:
    entry = frame % window.frame.size
    complete: bool = window.frame[entry] == frame and window.missing[entry] == 0
    return complete


@kernel
def give_up_below(ports: Ports, lag: int) -> int:
    """Return the first frame of which packets may still come."""
    horizon = 2**62
    for port in range(ports.newest.size):
        horizon = min(horizon, max(ports.newest[port], ports.empty_at[port]) - lag + 1)
    return horizon


@kernel
def fill_missing(memory: int, arrived: NDArray[np.uint8], form: Form) -> None:
    """Write 255 to all bytes of packets that did not come.

    memory: address of the first module's pixels. arrived: [modules, packets].
    """
    for module in range(arrived.shape[0]):
        for packet in range(arrived.shape[1]):
            if not arrived[module, packet]:
                place = memory + module * form.module_bytes + form.place[packet]
                for run in range(form.runs):
                    fill_bytes(place + run * form.stride[packet], 255, form.run_bytes)


def warm_up() -> None:
    """Compile the kernels of this file."""
    one, word = np.zeros(1, np.int64), np.zeros(1, np.uint64)
    nothing_to_poll = np.array([_LOW_32_BITS])  # the socket -1
    ports = Ports(nothing_to_poll, one, one, one - 1, one - 1)
    form = Form(1, 0, 0, 1, 1, 1, one, one, 1, 1, 2)
    octets = np.zeros((2, 1, 32), np.uint8)
    words = np.zeros((2, 1, 8), np.uint64)
    unread = np.zeros((2, 3), np.int64)
    batches = Batches(words, octets, octets, words, unread, one - 1, np.arange(2), one + 2)
    window = Window(one, one - 1, np.zeros((1, 1, 1), np.uint8), one, word, one)
    receive(ports, form, batches, window, np.zeros(OUTCOMES, np.int64), 0, 0, -1, 0, 1)
    give_up_below(ports, 2)
    ended_frames(ports, form, window, 0, 0)
    fill_missing(octets.ctypes.data, np.ones((1, 1), np.uint8), form)
