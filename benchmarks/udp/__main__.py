"""Run with ``python -m benchmarks.udp``: receiving packets of a JUNGFRAU on loopback.

Receiver and sender have a core each. CPU time is that of the thread that takes packets, per packet
of 8240 bytes; beside it, in brackets, with the thread that hands frames on. The peer is a loop
around ``socket.recv_into`` with a time limit, alternating with ours; in brackets one without, that
could not be ended. With packets "together" the system hands several over at a time (UDP_GRO), as
it does with those of network cards; the peer gets the same packets one by one, all on one port.
"""

import os
import statistics

from benchmarks.udp.reception import (
    Reception,
    frame_buffer,
    with_a_blocking_loop,
    with_a_plain_loop,
    with_our_receiver,
)
from benchmarks.udp.sender import Order, Sender
from jfjoch.detector.packets.addressing import FIRST_PORT
from jfjoch.kernels import packet_reception
from jfjoch.receiver.frame_buffer import FrameBuffer

PAIRS = 5
FRAMES = 1500
"""Of two modules, in each part of a pair."""
SHARE = 0.6
"""Of the sustained rate, at which nothing may be lost."""
RUNS = 3
MOST_ATTEMPTS = 10
LEAST_SHARE_OF_RATE = 0.98
"""A run in which the sender was held up says nothing about the rate."""
RUN_S = 5.0
PORTS = {1: (FIRST_PORT,), 2: (FIRST_PORT, FIRST_PORT + 2)}
PACKETS_PER_FRAME = 128
MODULES = {"0.5M": 1, "1M": 2, "4M": 8}


def main() -> None:
    """Print the tables."""
    receiver_core, sender_core = sorted(os.sched_getaffinity(0))[:2]
    os.sched_setaffinity(0, {receiver_core})
    packet_reception.warm_up()
    slots = frame_buffer(len(PORTS[2]))
    with Sender(sender_core) as sender:
        compare(sender, slots, together=True)
        compare(sender, slots, together=False)
        rate_hz = sustained_rate_hz(sender, slots)
        tell_rates(rate_hz)
        valid = 0
        for _ in range(MOST_ATTEMPTS):
            valid += try_rate(sender, slots, SHARE * rate_hz)
            if valid == RUNS:
                return
        print(f"only {valid} of {RUNS} runs at that rate, as the sender was held up")


def compare(sender: Sender, slots: FrameBuffer, together: bool) -> None:
    """Print CPU times per packet, and their ratio."""
    order = Order(FRAMES, 0.0, PORTS[2], together)
    one_port = Order(2 * FRAMES, 0.0, PORTS[1], together)
    with_our_receiver(sender, order, slots)
    ours: list[Reception] = []
    plain: list[Reception] = []
    blocking: list[Reception] = []
    for _ in range(PAIRS):
        plain.append(with_a_plain_loop(sender, one_port))
        ours.append(with_our_receiver(sender, order, slots))
        blocking.append(with_a_blocking_loop(sender, one_port))
    ratios = [mine.cpu_us / loop.cpu_us for mine, loop in zip(ours, plain, strict=True)]
    with_hand_on_us = statistics.median(reception.all_cpu_us for reception in ours)
    print(
        f"packets {'together' if together else 'one by one':<10}"
        f"  CPU us per packet: ours {_median(ours):.2f} ({with_hand_on_us:.2f}),"
        f" recv_into {_median(plain):.2f} ({_median(blocking):.2f});"
        f"  ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} .. {max(ratios):.2f})"
    )


def sustained_rate_hz(sender: Sender, slots: FrameBuffer) -> float:
    """Return how many packets per second are received when more are sent."""
    order = Order(4 * FRAMES, 0.0, PORTS[2], together=True)
    received = [with_our_receiver(sender, order, slots) for _ in range(RUNS)]
    return statistics.median(reception.rate_hz for reception in received)


def tell_rates(rate_hz: float) -> None:
    """Print what the rate means."""
    frames = ", ".join(
        f"{name} {rate_hz / PACKETS_PER_FRAME / modules:.0f}" for name, modules in MODULES.items()
    )
    print(f"sustained {rate_hz:.0f} packets/s with one receiver; frames/s of {frames}")


def try_rate(sender: Sender, slots: FrameBuffer, rate_hz: float) -> bool:
    """Print what is lost at that rate of packets; return whether the sender has reached it."""
    frame_rate_hz = rate_hz / PACKETS_PER_FRAME / len(PORTS[2])
    order = Order(round(frame_rate_hz * RUN_S), 1 / frame_rate_hz, PORTS[2], together=True)
    reception = with_our_receiver(sender, order, slots)
    reached = reception.sent / reception.wall_s / rate_hz
    is_valid = reached >= LEAST_SHARE_OF_RATE or reception.lost > 0
    remark = "" if is_valid else " (sender held up, not counted)"
    print(
        f"at {SHARE:.0%} of it: {reception.sent} packets sent, {reception.lost} lost,"
        f" {reached:.2f} of the rate asked for{remark},"
        f" {reception.cpu_us:.2f} us CPU per packet"
    )
    return is_valid


def _median(receptions: list[Reception]) -> float:
    return statistics.median(reception.cpu_us for reception in receptions)


if __name__ == "__main__":
    main()
