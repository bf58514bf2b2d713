"""Packets as networks deliver them: alone and together, lost, twice, in any order."""

import numpy as np
import pytest
from numpy.typing import NDArray

from jfjoch.detector.packets.layout import PacketLayout
from tests.helpers.packet_reception import LAYOUTS, frame_dtype, reception
from tests.helpers.packet_wire import Packet, random_frames


def by_port(packets: list[Packet]) -> list[Packet]:
    """The same, the packets of each port in a row."""
    return sorted(packets, key=lambda packet: packet[0])


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("together", [2, 7])
def test_packets_may_be_handed_over_together(name: str, together: int) -> None:
    layout = LAYOUTS[name]
    frames = random_frames(4, 2, layout.dtype.name)
    with reception(layout, frame_count=4) as r:
        for number, frame in enumerate(frames):
            r.wire.send(by_port(r.wire.packets(number, frame)), together)
            r.step_until(number + 1)
        for number, frame in enumerate(frames):
            assert np.array_equal(r.slots.frames[number], frame)
        assert r.source.reports()[0].counts.accepted == 8 * layout.packets_per_module


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("seed", range(8))
def test_any_mixture_of_what_happens_to_packets(name: str, seed: int) -> None:
    """Lost, twice, out of order, foreign, alone and together, in one run; every pixel is right."""
    layout = LAYOUTS[name]
    rng = np.random.default_rng(seed)
    frames = random_frames(10, 2, layout.dtype.name, seed) & 0x7F
    arrived = np.zeros((10, 2, layout.packets_per_module), bool)
    with reception(layout, frame_count=10) as r:
        for number, frame in enumerate(frames):
            packets = by_port(r.wire.packets(number, frame))
            kept = np.flatnonzero(rng.random(len(packets)) > rng.choice([0, 0.01, 0.3]))
            arrived[number].reshape(-1)[kept] = True
            places = np.concatenate([kept, rng.choice(kept, rng.choice([0, 5]))])
            order = np.argsort(places + rng.uniform(0, rng.choice([0.1, 3, 40]), places.size))
            sent = [packets[place] for place in places[order]]
            for place in rng.integers(0, len(sent), rng.choice([0, 3])):
                to, packet = sent[place]
                strange = [packet[:-8], packet + b"1", b"\0" * len(packet)]
                sent.insert(place, (to, strange[rng.integers(3)]))
            r.wire.send(sent, int(rng.choice([1, 3, 7])))
            r.step_until(number - 3)
        r.control.idle = True
        r.step_to_the_end()
        missing_value = np.iinfo(frame_dtype(layout)).max
        for number, frame in enumerate(frames):
            got, info = r.slots.frames[number], r.slots.infos[number]
            assert info.packets_received == arrived[number].sum()
            expected = frame.astype(frame_dtype(layout))
            for module, packet in np.argwhere(~arrived[number]):
                rows, columns = area_of(layout, packet)
                expected[module, rows, columns] = missing_value
            assert np.array_equal(got, expected)


def area_of(layout: PacketLayout, packet: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the pixels of a packet, counted over the ports of a module."""
    port, number = divmod(packet, layout.packets_per_port)
    area = layout.ports[port]
    lines = number * layout.rows_per_packet + np.arange(layout.rows_per_packet)
    columns = area.first_column + np.arange(layout.columns)
    return (area.first_row + area.row_step * lines)[:, None], columns[None, :]
