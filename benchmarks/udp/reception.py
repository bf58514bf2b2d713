"""Ways to receive packets: ours, and plain loops."""

import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.udp.sender import Order, Sender
from jfjoch.detector.packets.addressing import ModuleAddress
from jfjoch.detector.packets.layout import packet_layout
from jfjoch.detector.udp.data_socket import open_data_socket, wanted_buffer_bytes
from jfjoch.detector.udp.udp_run import UdpRun
from jfjoch.model.plan import FramePlan
from jfjoch.receiver.frame_buffer import FrameBuffer

_SETTLED_S = 0.3
_SOL_UDP, _UDP_GRO = 17, 104
Seconds = Callable[[], float]
_BUFFER_BYTES = 512 * 2**20


@dataclass(frozen=True, slots=True)
class Reception:
    """What a receiver achieved."""

    packets: int
    """Received."""
    sent: int
    cpu_s: float
    """Of the threads that take packets."""
    all_cpu_s: float
    """Also of the one that hands frames on."""
    wall_s: float
    """From the first packet to the last."""

    @property
    def cpu_us(self) -> float:
        """Per packet, of the threads that take them."""
        return 1e6 * self.cpu_s / self.packets

    @property
    def all_cpu_us(self) -> float:
        """Per packet, of all threads."""
        return 1e6 * self.all_cpu_s / self.packets

    @property
    def rate_hz(self) -> float:
        """Packets per second."""
        return self.packets / self.wall_s

    @property
    def lost(self) -> int:
        """Packets that were sent but not received."""
        return self.sent - self.packets


def frame_buffer(module_count: int) -> FrameBuffer:
    """Return what a broker has from its start on, as it is after some runs."""
    slots = FrameBuffer(module_count, _BUFFER_BYTES)
    for frame in range(slots.slot_count):
        memory = slots.claim(frame, 0.0)
        assert memory is not None
        memory.fill(0)
    slots.reopen()
    return slots


def with_our_receiver(sender: Sender, order: Order, slots: FrameBuffer) -> Reception:
    """Assemble frames as the product does."""
    slots.reopen()
    plan = FramePlan(
        origin="detector",
        module_count=len(order.ports),
        frame_count=order.frames,
        frames_per_trigger=order.frames,
        wait_for_trigger=False,
        frame_time_s=1e-3,
        count_time_s=1e-3,
        paced=False,
    )
    addresses = [ModuleAddress(m, 0, "127.0.0.1", port) for m, port in enumerate(order.ports)]
    run = UdpRun(plan, addresses, 1)
    try:
        run.step(slots)
        clock = _Clock(_clock_of_receiving_thread())
        sender.send(order)
        sent, frame = False, 0
        while not (sent and clock.quiet):
            run.step(slots)
            frame = _release_all(slots, frame)
            sent = sent or sender.done
            clock.note(run.counts.total)
    finally:
        run.close()
    return clock.reception(_packets(order))


def _release_all(slots: FrameBuffer, frame: int) -> int:
    """Let go of all frames from that one on; return the next one."""
    while (taken := slots.take(frame, 0.0)) is not None:
        if taken[1] is not None:
            slots.release(frame)
        frame += 1
    return frame


def with_a_plain_loop(sender: Sender, order: Order) -> Reception:
    """Read packet by packet into the same memory; nothing is done with them."""
    return _read_plainly(sender, order, lambda opened: opened.settimeout(_SETTLED_S))


def with_a_blocking_loop(sender: Sender, order: Order) -> Reception:
    """Do so with a socket that has no time limit in Python, which spares it a call to poll."""
    limit = struct.pack("ll", 0, round(1e6 * _SETTLED_S))
    return _read_plainly(
        sender,
        order,
        lambda opened: opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit),
    )


def _read_plainly(
    sender: Sender, order: Order, limit_time: Callable[[socket.socket], None]
) -> Reception:
    (port,) = order.ports
    clock = _Clock(time.thread_time)
    with open_data_socket("127.0.0.1", port, wanted_buffer_bytes(1)) as opened:
        opened.setsockopt(_SOL_UDP, _UDP_GRO, 0)
        limit_time(opened)
        buffer = bytearray(packet_layout(None).packet_bytes)
        receive, packets = opened.recv_into, 0
        sender.send(order)
        select.select([opened], [], [])
        receive(buffer)
        clock.note(1)
        try:
            for packets in range(2, _packets(order) + 1):
                receive(buffer)
                if packets % 4096 == 0:
                    clock.note(packets)
        except (TimeoutError, BlockingIOError):
            packets -= 1
        else:
            clock.note(packets)
        while not sender.done:
            time.sleep(0.01)
    return clock.reception(_packets(order))


def _clock_of_receiving_thread() -> Seconds:
    (thread,) = (x for x in threading.enumerate() if x.name.startswith("packets"))
    assert thread.ident is not None
    clock = time.pthread_getcpuclockid(thread.ident)
    return lambda: time.clock_gettime(clock)


class _Clock:
    """Notes time and CPU time whenever packets have come."""

    def __init__(self, cpu_s: Seconds) -> None:
        self._cpu_s = cpu_s
        self._first: tuple[int, float, float, float] | None = None
        self._last = (0, 0.0, 0.0, 0.0)

    def note(self, packets: int) -> None:
        """Say how many have come."""
        if packets > self._last[0]:
            self._last = (packets, self._cpu_s(), time.process_time(), time.perf_counter())
            self._first = self._first or self._last

    @property
    def quiet(self) -> bool:
        """Whether no packet came for a while."""
        return time.perf_counter() - self._last[3] > _SETTLED_S

    def reception(self, sent: int) -> Reception:
        """Take stock, from the first note to the last."""
        first = self._first or self._last
        packets, *spent_s = (end - begin for begin, end in zip(first, self._last, strict=True))
        return Reception(int(packets), sent - first[0], *spent_s)


def _packets(order: Order) -> int:
    return order.frames * len(order.ports) * packet_layout(None).packets_per_module
