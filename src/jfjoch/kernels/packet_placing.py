"""One packet to its place in a frame."""

from typing import Any

import numpy as np

from jfjoch.kernels._intrinsics import (
    copy_line_past_cache,
    load_byte,
    load_word,
    widen_64_bytes,
)
from jfjoch.kernels._jit import kernel_part
from jfjoch.kernels._system_calls import copy_bytes
from jfjoch.kernels.aligned import LINE_BYTES
from jfjoch.kernels.packet_header import (
    DETECTOR_TYPE,
    HEADER_BYTES,
    PACKET_NUMBER,
    PULSE_ID,
    STATUS_BITS,
    VERSION,
)
from jfjoch.kernels.packet_types import (
    ACCEPTED,
    DENIED,
    DUPLICATE,
    LATE,
    NO_ROOM,
    NOT_YET,
    WRONG_NUMBER,
    WRONG_SIZE,
    WRONG_TYPE,
    WRONG_VERSION,
    Form,
    Ports,
    Window,
)

_LOW_32_BITS = np.uint64(0xFFFFFFFF)


@kernel_part
def low_half(word: Any) -> Any:
    """Return the lower 32 bits as int64."""
    return np.int64(word & _LOW_32_BITS)


@kernel_part
def take_packet(
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
    number = low_half(load_word(packet + PACKET_NUMBER))
    if number >= form.packets_per_port or frame < 0 or frame >= form.frame_count:
        return WRONG_NUMBER
    if frame < first:
        return LATE if frame < given_up else DUPLICATE
    if _is_wild(frame, port, ports, window):
        return WRONG_NUMBER
    ports.newest[port] = max(ports.newest[port], frame)
    expect_after(port, frame, number, ports, form)
    if frame < given_up:
        return LATE
    if frame >= first + window.frame.size or window.memory[frame % window.frame.size] == NOT_YET:
        return -1
    return _keep(packet, frame, number, port, ports, form, window)


@kernel_part
def _is_wild(frame: int, port: int, ports: Ports, window: Window) -> bool:
    """Tell whether a packet is too far ahead to be believed, unless another one says the same.

    Else a single wrong number would give up all frames before it.
    """
    doubted = ports.doubted[port]
    if frame <= ports.newest[port] + window.frame.size or doubted <= frame <= doubted + 1:
        return False
    ports.doubted[port] = frame
    return True


@kernel_part
def _keep(
    packet: int, frame: int, number: int, port: int, ports: Ports, form: Form, window: Window
) -> int:
    entry = frame % window.frame.size
    if window.frame[entry] != frame:
        begin_frame(window, entry, frame, packet)
    module, index = ports.module[port], ports.first_packet[port] + number
    if window.arrived[entry, module, index]:
        return DUPLICATE
    window.arrived[entry, module, index] = 1
    if window.memory[entry] != DENIED:
        _copy(packet, window.memory[entry] + ports.module_place[port], index, form)
    window.missing[entry] -= 1
    return NO_ROOM if window.memory[entry] == DENIED else ACCEPTED


@kernel_part
def _copy(packet: int, module: int, index: int, form: Form) -> None:
    """Copy the pixels of a packet to their place in the module, an address."""
    pixels, to = packet + HEADER_BYTES, module + form.place[index]
    for _ in range(form.runs):
        if form.widening == 2:
            for byte in range(0, form.run_bytes, LINE_BYTES):
                widen_64_bytes(pixels + byte, to + 2 * byte)
        elif to % LINE_BYTES == 0:
            for byte in range(0, form.run_bytes, LINE_BYTES):
                copy_line_past_cache(pixels + byte, to + byte)
        else:
            copy_bytes(to, pixels, form.run_bytes)
        pixels += form.run_bytes
        to += form.stride[index]


@kernel_part
def begin_frame(window: Window, entry: int, frame: int, packet: int) -> None:
    """Make an entry that of a frame; ``packet`` is the address of the first packet's header."""
    window.frame[entry] = frame
    window.arrived[entry] = 0
    window.missing[entry] = window.arrived.shape[1] * window.arrived.shape[2]
    window.pulse_id[entry] = load_word(packet + PULSE_ID)
    window.status_bits[entry] = low_half(load_word(packet + STATUS_BITS))


@kernel_part
def expect_after(port: int, frame: int, number: int, ports: Ports, form: Form) -> None:
    """Note which packet should follow that one."""
    last = number + 1 == form.packets_per_port
    ports.next_frame[port] = frame + 1 if last else frame
    ports.next_number[port] = 0 if last else number + 1


@kernel_part
def place_of(frame: int, number: int, port: int, ports: Ports, form: Form, window: Window) -> int:
    """Return the address for the pixels of a packet that has not come; 0: there is none."""
    entry = frame % window.frame.size
    index = ports.first_packet[port] + number
    if window.memory[entry] <= 0:
        return 0
    if window.frame[entry] == frame and window.arrived[entry, ports.module[port], index]:
        return 0
    place: int = window.memory[entry] + ports.module_place[port] + form.place[index]
    return place
