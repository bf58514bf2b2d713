"""How modules are cut into packets, and to which ports these go."""

import numpy as np
import pytest

from jfjoch.detector.packets.addressing import module_addresses
from jfjoch.detector.packets.header import HEADER, HEADER_BYTES
from jfjoch.detector.packets.layout import PacketLayout, packet_layout
from jfjoch.errors import ConfigurationError
from jfjoch.model.eiger_counter import EigerCounter

LAYOUTS = [packet_layout(None, 1), packet_layout(None, 2)] + [
    packet_layout(EigerCounter(bits)) for bits in (8, 16, 32)
]
PACKET_BYTES = [8240, 8240, 4144, 4144, 4144]
PACKETS_PER_PORT = [128, 64, 32, 64, 128]


def test_the_header_has_the_fields_at_their_places() -> None:
    places = [HEADER.fields[name][1] for name in HEADER.names]  # type: ignore[index]
    assert places == [0, 8, 12, 16, 24, 32, 34, 36, 38, 40, 44, 46, 47]
    assert HEADER.itemsize == HEADER_BYTES == 48


@pytest.mark.parametrize(
    ("layout", "size", "count"), list(zip(LAYOUTS, PACKET_BYTES, PACKETS_PER_PORT, strict=True))
)
def test_sizes_and_numbers_of_packets(layout: PacketLayout, size: int, count: int) -> None:
    assert layout.packet_bytes == size
    assert layout.packets_per_port == count


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_pixel_of_a_module_is_in_one_packet(layout: PacketLayout) -> None:
    times = np.zeros((512, 1024), int)
    for area in layout.ports:
        for line in range(layout.packets_per_port * layout.rows_per_packet):
            row = area.first_row + area.row_step * line
            times[row, area.first_column : area.first_column + layout.columns] += 1
    assert (times == 1).all()


def test_ports_count_from_8192_with_64_for_each_receiver() -> None:
    addresses = module_addresses("JUNGFRAU", 8, ["10.0.0.1", "10.0.0.2"])
    assert [(a.receiver, a.ipv4, a.first_port) for a in addresses[3:5]] == [
        (0, "10.0.0.1", 8198),
        (1, "10.0.0.2", 8256),
    ]
    assert [a.first_port for a in module_addresses("EIGER", 3, ["10.0.0.1"])] == [8192, 8196, 8200]


def test_modules_that_do_not_divide_leave_the_last_receiver_with_less() -> None:
    receivers = [a.receiver for a in module_addresses("JUNGFRAU", 5, ["10.0.0.1", "10.0.0.2"])]
    assert receivers == [0, 0, 0, 1, 1]


def test_a_receiver_has_a_limited_number_of_ports() -> None:
    assert len(module_addresses("JUNGFRAU", 32, ["10.0.0.1"])) == 32
    assert len(module_addresses("EIGER", 16, ["10.0.0.1"])) == 16
    with pytest.raises(ConfigurationError, match=r"33 modules .* at most 32"):
        module_addresses("JUNGFRAU", 33, ["10.0.0.1"])
    with pytest.raises(ConfigurationError, match=r"17 modules .* at most 16"):
        module_addresses("EIGER", 17, ["10.0.0.1"])


def test_without_a_receiver_the_refusal_shows_an_entry() -> None:
    with pytest.raises(ConfigurationError, match="pcie"):
        module_addresses("EIGER", 1, [])
