"""Two ways to receive packets: ours, and a plain loop."""

import time
from dataclasses import dataclass

from benchmarks.udp.sender import Order, Sender
from jfjoch.detector.packets.addressing import ModuleAddress
from jfjoch.detector.packets.layout import packet_layout
from jfjoch.detector.udp.data_socket import open_data_socket, wanted_buffer_bytes
from jfjoch.detector.udp.udp_run import UdpRun
from jfjoch.model.plan import FramePlan
from jfjoch.receiver.frame_buffer import FrameBuffer

_SETTLED_S = 0.3
_BUFFER_BYTES = 512 * 2**20


@dataclass(frozen=True, slots=True)
class Reception:
    """What a receiver achieved."""

    packets: int
    """Received."""
    sent: int
    cpu_s: float
    """Of all threads of the receiver."""
    wall_s: float
    """From the first packet to the last."""

    @property
    def cpu_us(self) -> float:
        """Per packet."""
        return 1e6 * self.cpu_s / self.packets

    @property
    def rate_hz(self) -> float:
        """Packets per second."""
        return self.packets / self.wall_s

    @property
    def lost(self) -> int:
        """Packets that were sent but not received."""
        return self.sent - self.packets


def with_our_receiver(sender: Sender, order: Order) -> Reception:
    """Assemble frames as the product does."""
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
    run, clock = UdpRun(plan, addresses, 1), _Clock()
    slots = FrameBuffer(len(addresses), _BUFFER_BYTES)
    try:
        run.step(slots)
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
    (port,) = order.ports
    clock = _Clock()
    with open_data_socket("127.0.0.1", port, wanted_buffer_bytes(1)) as opened:
        opened.setsockopt(17, 104, 0)  # UDP_GRO
        opened.settimeout(_SETTLED_S)
        buffer = bytearray(packet_layout(None).packet_bytes)
        receive, packets = opened.recv_into, 0
        sender.send(order)
        receive(buffer)
        clock.note(1)
        try:
            for packets in range(2, _packets(order) + 1):
                receive(buffer)
                if packets % 4096 == 0:
                    clock.note(packets)
        except TimeoutError:
            packets -= 1
        else:
            clock.note(packets)
        while not sender.done:
            time.sleep(0.01)
    return clock.reception(_packets(order))


class _Clock:
    """Notes time and CPU time whenever packets have come."""

    def __init__(self) -> None:
        self._first: tuple[int, float, float] | None = None
        self._last = (0, 0.0, 0.0)

    def note(self, packets: int) -> None:
        """Say how many have come."""
        if packets > self._last[0]:
            self._last = (packets, time.process_time(), time.perf_counter())
            self._first = self._first or self._last

    @property
    def quiet(self) -> bool:
        """Whether no packet came for a while."""
        return time.perf_counter() - self._last[2] > _SETTLED_S

    def reception(self, sent: int) -> Reception:
        """Take stock, from the first note to the last."""
        first = self._first or self._last
        packets, cpu_s, wall_s = (end - begin for begin, end in zip(first, self._last, strict=True))
        return Reception(packets, sent - first[0], cpu_s, wall_s)


def _packets(order: Order) -> int:
    return order.frames * len(order.ports) * packet_layout(None).packets_per_module
