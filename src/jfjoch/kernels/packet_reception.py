"""Packets from UDP sockets into frames.

``receive`` reads the sockets of one receiver until frames are finished or nothing comes. Frames
are counted from 0; those between ``first`` and ``first`` plus the length of the window may have
memory, in the window's entry ``frame % length``. Packets go to their place in it, in any order;
those of frames that have none yet wait.

A port is behind while its socket may still hold packets. So it is asked for more before a frame
is given up: a frame ends when all its packets are there, or when every port has either sent
``lag`` frames more, or was found empty after another one had.
"""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._borrowed import borrowed
from jfjoch.kernels._intrinsics import complete_writes, load_word
from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels._system_calls import fill_bytes, poll, receive_messages, sleep_us
from jfjoch.kernels.packet_aiming import aim, confirm, put_together
from jfjoch.kernels.packet_placing import low_half, take_packet
from jfjoch.kernels.packet_types import (
    GIVEN_UP,
    NEWEST,
    NEXT_OPEN,
    OUTCOMES,
    PROGRESS,
    WRONG_SIZE,
    Batches,
    Form,
    Int64s,
    Ports,
    Window,
)

READY, QUIET, FULL = 0, 1, 2
"""Why ``receive`` returns: frames have ended; nothing came; packets wait for memory."""

_MSG_DONTWAIT = 0x40
_READABLE = np.uint64(1 << 48)
"""POLLIN among the returned events of a pollfd."""
_FEW = 4
_TURNS = 8
"""Calls for one port that has packets together, before others are looked after."""
_FORGOTTEN = 4
"""After so many packets that came alone, they are expected to come one by one."""


@kernel
def receive(
    ports: Ports,
    form: Form,
    batches: Batches,
    window: Window,
    counts: Int64s,
    progress: Int64s,
    first: int,
    newest_elsewhere: int,
    timeout_ms: int,
    gather_us: int,
    most_rounds: int,
) -> int:
    """Take packets; return READY, QUIET or FULL.

    counts: [OUTCOMES], added to. progress: as of the last call, but that ``GIVEN_UP`` may be more.
    first: oldest frame of the window. newest_elsewhere: of other receivers. timeout_ms: how long
    to wait for a packet. gather_us: how long to let packets come while there are few.
    """
    ports, form = borrowed(ports), borrowed(form)
    batches, window = borrowed(batches), borrowed(window)
    given_up = progress[GIVEN_UP]
    reason = _receive(
        ports,
        form,
        batches,
        window,
        counts,
        first,
        given_up,
        progress[NEXT_OPEN],
        newest_elsewhere,
        timeout_ms,
        gather_us,
        most_rounds,
    )
    complete_writes()
    progress[GIVEN_UP] = max(given_up, _give_up_below(ports, form.lag))
    progress[NEXT_OPEN] = first + _ended_frames(ports, form, window, first, given_up)
    progress[NEWEST] = ports.newest.max()
    return reason


@kernel_part
def _receive(
    ports: Ports,
    form: Form,
    batches: Batches,
    window: Window,
    counts: Int64s,
    first: int,
    given_up: int,
    known: int,
    newest_elsewhere: int,
    timeout_ms: int,
    gather_us: int,
    most_rounds: int,
) -> int:
    """Do so; ``known``: that all frames before have ended."""
    for port in range(ports.polled.size):
        if batches.held[port] >= 0:
            _take_batch(port, ports, form, batches, window, counts, first, given_up)
    few, news = False, _news(ports, form, window, first, given_up, known)
    for _ in range(most_rounds):
        if few:
            sleep_us(gather_us)
        wait_ms = 0 if news > 0 or _any_held(batches) else timeout_ms
        ready = poll(ports.polled.ctypes.data, ports.polled.size, wait_ms)
        if ready >= 0:
            _note_empty(ports, batches, newest_elsewhere, ready == 0)
        few = True
        progress = False
        for port in range(ports.polled.size):
            if ready <= 0 or batches.held[port] >= 0 or not _is_readable(ports, port):
                continue
            for turn in range(_TURNS):
                count = _fill(port, ports, form, batches, window, first, given_up)
                progress = progress or count > 0
                _take_batch(port, ports, form, batches, window, counts, first, given_up)
                few = few and turn * _FEW < _TURNS and count * _FEW < batches.messages.shape[1]
                if count <= 0 or batches.held[port] >= 0 or ports.together[port] == 0:
                    break
        news = _news(ports, form, window, first, given_up, known)
        if news > 0 and (few or news * _FEW >= window.frame.size):
            return READY
        if not progress:
            if news > 0:
                return READY
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
def _fill(
    port: int,
    ports: Ports,
    form: Form,
    batches: Batches,
    window: Window,
    first: int,
    given_up: int,
) -> int:
    """Read what a socket has, as far as a batch goes; the port holds the batch then."""
    batches.spare_count[0] -= 1
    batch = batches.spare[batches.spare_count[0]]
    batches.held[port] = batch
    most = 1 if ports.together[port] > 0 else batches.messages.shape[1]
    aim(batch, most, port, ports, form, batches, window, first, given_up)
    for message in range(most):
        batches.messages[batch, message, 5] = batches.control.shape[2]
        batches.control[batch, message, 0] = 0
    count: int = receive_messages(
        np.int32(low_half(ports.polled[port])),
        batches.messages[batch].ctypes.data,
        most,
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
    begin, count, start, _ = batches.unread[batch]
    for message in range(begin, count):
        size = low_half(batches.messages[batch, message, 7])
        step = _packet_size(batches, batch, message, size)
        if step < size:
            ports.together[port] = _FORGOTTEN
        elif ports.together[port] > 0:
            ports.together[port] -= 1
        counts[WRONG_SIZE] += size == 0
        if batches.unread[batch, 3]:
            if step == form.packet_bytes:
                start = confirm(batch, message, size, port, ports, form, batches, window, counts)
            if start < size:
                put_together(batch, message, batches)
        address = batches.bytes[batch, message].ctypes.data
        while start < size:
            outcome = take_packet(
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
def _packet_size(batches: Batches, batch: int, message: int, size: int) -> int:
    """Bytes of the packets that came as one message, from its control data (UDP_GRO)."""
    if batches.control[batch, message, 0] == 0:
        return size
    control = batches.control[batch, message].ctypes.data
    together = low_half(load_word(control + 16))
    return together if together > 0 else size


@kernel_part
def _note_empty(ports: Ports, batches: Batches, newest_elsewhere: int, all_are: bool) -> None:
    """Note for sockets that have nothing how far the others are."""
    newest = newest_elsewhere
    for port in range(ports.newest.size):
        newest = max(newest, ports.newest[port])
    for port in range(ports.newest.size):
        if batches.held[port] < 0 and (all_are or not _is_readable(ports, port)):
            ports.empty_at[port] = newest


@kernel_part
def _news(ports: Ports, form: Form, window: Window, first: int, given_up: int, known: int) -> int:
    """Return how many frames have ended that are not known to have."""
    return first + _ended_frames(ports, form, window, first, given_up) - max(first, known)


@kernel_part
def _ended_frames(ports: Ports, form: Form, window: Window, first: int, given_up: int) -> int:
    """Return how many of the oldest frames are complete or given up."""
    horizon = max(given_up, _give_up_below(ports, form.lag))
    frame = first
    while frame < first + window.frame.size and (frame < horizon or _is_complete(window, frame)):
        frame += 1
    return frame - first


@kernel_part
def _is_complete(window: Window, frame: int) -> bool:
    entry = frame % window.frame.size
    complete: bool = window.frame[entry] == frame and window.missing[entry] == 0
    return complete


@kernel_part
def _give_up_below(ports: Ports, lag: int) -> int:
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
                    size = form.run_bytes * form.widening
                    fill_bytes(place + run * form.stride[packet], 255, size)


def warm_up() -> None:
    """Compile the kernels of this file."""
    one, word = np.zeros(1, np.int64), np.zeros(1, np.uint64)
    nothing_to_poll = np.array([0xFFFFFFFF], np.uint64)  # the socket -1
    ports = Ports(nothing_to_poll, one, one, one, one - 1, one - 1, one - 1, one, one, one)
    form = Form(1, 0, 0, 1, 1, 1, 1, one, one, 1, 1, 2)
    octets = np.zeros((2, 1, 32), np.uint8)
    words = np.zeros((2, 1, 8), np.uint64)
    batches = Batches(
        messages=words,
        bytes=octets,
        control=octets,
        vectors=np.zeros((2, 1, 3, 2), np.uint64),
        headers=np.zeros((2, 1, 1, 64), np.uint8),
        elsewhere=octets,
        unread=np.zeros((2, 4), np.int64),
        held=one - 1,
        spare=np.arange(2),
        spare_count=one + 2,
    )
    window = Window(one, one - 1, np.zeros((1, 1, 1), np.uint8), one, word, one)
    counts, progress = np.zeros(OUTCOMES, np.int64), np.zeros(PROGRESS, np.int64)
    receive(ports, form, batches, window, counts, progress, 0, -1, 0, 0, 1)
    fill_missing(octets.ctypes.data, np.ones((1, 1), np.uint8), form)
