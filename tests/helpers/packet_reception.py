"""A source of frames that waits for packets, and what sends them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from jfjoch.detector.packets.addressing import ModuleAddress
from jfjoch.detector.packets.layout import PacketLayout, packet_layout
from jfjoch.detector.udp.receiver_report import ReceiverAddress
from jfjoch.detector.udp.udp_source import UdpSource
from jfjoch.model.eiger_counter import EigerCounter
from tests.helpers.frame_plans import frame_plan
from tests.helpers.many_frames import ManyFrames
from tests.helpers.obedient_control import ObedientControl
from tests.helpers.packet_wire import PacketWire
from tests.helpers.ports import free_udp_ports

LAYOUTS = {
    "JUNGFRAU": packet_layout(None, 1),
    "JUNGFRAU, 2 interfaces": packet_layout(None, 2),
    "EIGER 8 bit": packet_layout(EigerCounter(8)),
    "EIGER 16 bit": packet_layout(EigerCounter(16)),
    "EIGER 32 bit": packet_layout(EigerCounter(32)),
}


def frame_dtype(layout: PacketLayout) -> str:
    """The type of frames in memory: missing pixels have a value of their own there."""
    return f"uint{8 * layout.frame_pixel_bytes}"


RECEIVER = [ReceiverAddress("udp0", "127.0.0.1")]


@dataclass
class Reception:
    """A source that waits for packets, and what sends them."""

    source: UdpSource
    control: ObedientControl
    wire: PacketWire
    slots: ManyFrames

    def step_until(self, frames: int, slots: ManyFrames | None = None) -> None:
        """Step until that many frames have been handed on or lost."""
        slots = slots or self.slots
        for _ in range(400):
            if len(slots.order) >= frames:
                return
            self.source.step(slots)
        raise AssertionError(f"{len(slots.order)} of {frames} frames in 400 steps")

    def step_to_the_end(self) -> None:
        for _ in range(400):
            if not self.source.step(self.slots):
                return
        raise AssertionError("no end in 400 steps")


@contextmanager
def reception(
    layout: PacketLayout, modules: int = 2, receivers: int = 1, **changed: Any
) -> Iterator[Reception]:
    counter = None if layout.detector_type == 3 else EigerCounter(layout.pixel_bytes * 8)  # type: ignore[arg-type]
    plan = frame_plan(module_count=modules, counter=counter, **changed)
    first = free_udp_ports(modules * layout.port_stride)
    share = -(-modules // receivers)
    addresses = [
        ModuleAddress(m, m // share, "127.0.0.1", first + layout.port_stride * m)
        for m in range(modules)
    ]
    control = ObedientControl()
    interfaces = len(layout.ports) if layout.detector_type == 3 else 1
    names = [ReceiverAddress(f"udp{r}", "127.0.0.1") for r in range(receivers)]
    source = UdpSource(names, addresses, interfaces, control)
    wire = PacketWire(addresses, layout)
    with ExitStack() as closing:
        closing.callback(wire.close)
        source.start(plan)
        closing.callback(source.stop)
        source.begin()
        yield Reception(source, control, wire, ManyFrames(modules, plan.frame_dtype))
