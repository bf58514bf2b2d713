"""Packets on the wire: whole, with the right header, and every pixel in its place."""

from typing import Any

import numpy as np
import pytest

from jfjoch.simulator.acquisition import Acquisition
from jfjoch.simulator.emitter import PacketEmitter
from jfjoch.simulator.faults import Faults
from jfjoch.simulator.sending import SenderSetup
from tests.helpers.emitters import acquisition, sender_setup, true_frame, wait_until_idle
from tests.helpers.packet_listener import PacketListener
from tests.reference.packets import Packet, assemble


def sent(
    setup: SenderSetup, ports: int, frame_count: int, per_module: int, **changed: Any
) -> tuple[Acquisition, list[Packet]]:
    """Run an acquisition; return it and its packets."""
    modules = setup.detector.module_count
    with PacketListener(modules, ports) as listener:
        asked = acquisition(listener.destinations, frame_count, **changed)
        emitter = PacketEmitter(setup)
        emitter.start(asked)
        packets = listener.wait_for(frame_count * modules * per_module)
        wait_until_idle(emitter)
    assert len(packets) == frame_count * modules * per_module, "and no more"
    return asked, packets


@pytest.mark.parametrize(
    "faults", [Faults(), Faults(loss=1e-12)], ids=["many at once", "one by one"]
)
@pytest.mark.parametrize(("interfaces", "per_port"), [(1, 128), (2, 64)])
def test_jungfrau(interfaces: int, per_port: int, faults: Faults) -> None:
    setup = sender_setup("JUNGFRAU", 2, faults)
    asked, packets = sent(setup, interfaces, frame_count=3, per_module=128)
    assert {len(packet.content) for packet in packets} == {8240}
    frames = assemble(packets, 2, interfaces)
    for number in range(3):
        np.testing.assert_array_equal(frames[number + 1], true_frame(setup, asked, number))
    for packet in packets:
        header = packet.header
        assert (header.detector_type, header.version) == (3, 2)
        assert header.packet_number < per_port
        assert (header.module_id, header.row, header.column) == (packet.module, packet.module, 0)
        assert header.exposure_100ns == 50_000
    times = {packet.header.frame_number: packet.header.timestamp_100ns for packet in packets}
    assert times[3] - times[1] == pytest.approx(200_000, abs=1), "10 ms are 100000 ticks"


@pytest.mark.parametrize(("bits", "per_port"), [(8, 32), (16, 64), (32, 128)])
@pytest.mark.parametrize(
    "faults", [Faults(), Faults(loss=1e-12)], ids=["many at once", "one by one"]
)
def test_eiger(bits: int, per_port: int, faults: Faults) -> None:
    setup = sender_setup("EIGER", 1, faults)
    asked, packets = sent(setup, 4, frame_count=2, per_module=4 * per_port, bits=bits)
    assert {len(packet.content) for packet in packets} == {4144}
    frames = assemble(packets, 1, 4, bits)
    for number in range(2):
        np.testing.assert_array_equal(frames[number + 1], true_frame(setup, asked, number))
    for packet in packets:
        header = packet.header
        assert (header.detector_type, header.version, header.status_bits) == (1, 2, 0)
        assert (header.row, header.column) == divmod(packet.port, 2)


def test_the_first_frame_has_the_number_asked_for() -> None:
    _, packets = sent(sender_setup(), 1, frame_count=2, per_module=128, first_frame_number=41)
    assert sorted({packet.header.frame_number for packet in packets}) == [41, 42]


def test_storage_cells_and_pulses_stand_in_the_header() -> None:
    """Bits 8-11: the cell; 16-23: the event code. All cells of a pulse have its id."""
    cells = {"storage_cell_count": 3, "first_storage_cell": 2}
    setup = sender_setup()
    asked, packets = sent(setup, 1, frame_count=6, per_module=128, **cells)
    headers = {packet.header.frame_number: packet.header for packet in packets}
    in_order = [headers[number] for number in range(1, 7)]
    assert [header.status_bits >> 8 & 15 for header in in_order] == [2, 3, 4, 2, 3, 4]
    first = in_order[0].pulse_id
    assert [header.pulse_id - first for header in in_order] == [0, 0, 0, 1, 1, 1]
    codes = [header.status_bits >> 16 & 255 for header in in_order]
    assert codes[0] != codes[3]
    assert codes == [codes[0]] * 3 + [codes[3]] * 3
    frames = assemble(packets, 1, 1)
    np.testing.assert_array_equal(frames[5], true_frame(setup, asked, 4))


@pytest.mark.parametrize(
    ("gain_stage", "bits"), [("dynamic", 0), ("forced_g1", 1), ("forced_g2", 3), ("fixed_g1", 1)]
)
def test_dark_frames_are_in_the_gain_asked_for_and_not_alike(gain_stage: str, bits: int) -> None:
    _, packets = sent(
        sender_setup(), 1, frame_count=3, per_module=128, dark=True, gain_stage=gain_stage
    )
    frames = assemble(packets, 1, 1)
    assert all((frame >> 14 == bits).all() for frame in frames.values())
    noise = frames[1].astype(int) - frames[2].astype(int)
    assert 5 < noise.std() < 60
