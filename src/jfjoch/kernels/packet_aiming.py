"""Packets straight from the socket to where their pixels belong.

Packets mostly come in order. So their pixels are received where those of the next packets belong,
and their headers apart. What turns out to be another packet than expected is put together as it
came, with all that came after it, and taken like any packet.
"""

from jfjoch.kernels._intrinsics import load_byte, load_word
from jfjoch.kernels._jit import kernel, kernel_part
from jfjoch.kernels._system_calls import copy_bytes
from jfjoch.kernels.packet_header import DETECTOR_TYPE, HEADER_BYTES, PACKET_NUMBER, VERSION
from jfjoch.kernels.packet_placing import begin_frame, expect_after, low_half, place_of
from jfjoch.kernels.packet_types import ACCEPTED, Batches, Form, Int64s, Ports, Window


@kernel_part
def aim(
    batch: int,
    message_count: int,
    port: int,
    ports: Ports,
    form: Form,
    batches: Batches,
    window: Window,
    first: int,
    given_up: int,
) -> None:
    """Say where the parts of the next messages of a port shall go."""
    scattered = form.runs == 1
    batches.unread[batch, 3] = scattered
    packets = batches.headers.shape[2] if ports.together[port] > 0 else 1
    frame, number = ports.next_frame[port], ports.next_number[port]
    for message in range(message_count):
        if not scattered:
            whole = batches.bytes[batch, message].ctypes.data
            _set(batches, batch, message, 0, whole, _most_bytes(batches))
            batches.messages[batch, message, 3] = 1
            continue
        elsewhere = batches.elsewhere[batch, message].ctypes.data
        pixel_bytes = form.packet_bytes - HEADER_BYTES
        for packet in range(packets):
            place = 0
            if max(first, given_up) <= frame < min(first + window.frame.size, form.frame_count):
                place = place_of(frame, number, port, ports, form, window)
            if place == 0:
                place = elsewhere + packet * pixel_bytes
            header = batches.headers[batch, message, packet].ctypes.data
            _set(batches, batch, message, 2 * packet, header, HEADER_BYTES)
            _set(batches, batch, message, 2 * packet + 1, place, pixel_bytes)
            number += 1
            if number == form.packets_per_port:
                frame, number = frame + 1, 0
        batches.messages[batch, message, 3] = 2 * packets
        if packets == 1:
            _set(
                batches,
                batch,
                message,
                2,
                elsewhere + pixel_bytes,
                _most_bytes(batches) - form.packet_bytes,
            )
            batches.messages[batch, message, 3] = 3


@kernel_part
def _most_bytes(batches: Batches) -> int:
    """Return the size of the longest message there can be."""
    most: int = batches.bytes.shape[2]
    return most


@kernel_part
def _set(batches: Batches, batch: int, message: int, part: int, address: int, size: int) -> None:
    batches.vectors[batch, message, part, 0] = address
    batches.vectors[batch, message, part, 1] = size


@kernel_part
def confirm(
    batch: int,
    message: int,
    size: int,
    port: int,
    ports: Ports,
    form: Form,
    batches: Batches,
    window: Window,
    counts: Int64s,
) -> int:
    """Accept the first packets of a message while they are those expected; return their bytes."""
    done = 0
    for packet in range(size // form.packet_bytes):
        frame, number = ports.next_frame[port], ports.next_number[port]
        header = batches.headers[batch, message, packet].ctypes.data
        if not _is(header, frame, number, form):
            break
        place = place_of(frame, number, port, ports, form, window)
        if place == 0 or batches.vectors[batch, message, 2 * packet + 1, 0] != place:
            break
        entry = frame % window.frame.size
        if window.frame[entry] != frame:
            begin_frame(window, entry, frame, header)
        window.arrived[entry, ports.module[port], ports.first_packet[port] + number] = 1
        window.missing[entry] -= 1
        ports.newest[port] = max(ports.newest[port], frame)
        expect_after(port, frame, number, ports, form)
        counts[ACCEPTED] += 1
        done += form.packet_bytes
    return done


@kernel_part
def _is(header: int, frame: int, number: int, form: Form) -> bool:
    same: bool = (
        load_word(header) == frame + 1
        and low_half(load_word(header + PACKET_NUMBER)) == number
        and load_byte(header + DETECTOR_TYPE) == form.detector_type
        and load_byte(header + VERSION) == form.version
    )
    return same


@kernel
def put_together(batch: int, begin: int, batches: Batches) -> None:
    """Make messages whole, from ``begin`` on, as they came."""
    for message in range(begin, batches.unread[batch, 1]):
        left = low_half(batches.messages[batch, message, 7])
        to = batches.bytes[batch, message].ctypes.data
        part = 0
        while left > 0:
            size = min(left, low_half(batches.vectors[batch, message, part, 1]))
            copy_bytes(to, batches.vectors[batch, message, part, 0], size)
            to += size
            left -= size
            part += 1
    batches.unread[batch, 3] = 0
