"""Sockets with receive buffers that hold packets while nobody reads."""

import socket

import pytest

from jfjoch.detector.udp.data_socket import (
    given_buffer_bytes,
    open_data_socket,
    wanted_buffer_bytes,
    warn_of_small_buffers,
)
from jfjoch.detector.udp.packet_receiver import gathering_time_us
from tests.helpers.ports import free_udp_ports

MIB = 2**20


def test_few_sockets_get_large_buffers_and_many_enough() -> None:
    assert [wanted_buffer_bytes(count) // MIB for count in (1, 2, 8, 64)] == [256, 256, 64, 32]


def test_the_system_gives_what_is_asked_for_or_its_limit() -> None:
    """Past the limit only with the permission to."""
    with (
        open_data_socket("127.0.0.1", free_udp_ports(1), 32 * MIB) as opened,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as usual,
    ):
        assert given_buffer_bytes(usual) < given_buffer_bytes(opened) <= 32 * MIB


def test_a_system_that_gives_less_is_told_how_to_give_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    warn_of_small_buffers(32 * MIB, 32 * MIB)
    assert not caplog.records
    warn_of_small_buffers(4 * MIB, 32 * MIB)
    assert f"sysctl -w net.core.rmem_max={32 * MIB}" in caplog.text
    assert "4.0 MiB, 32 MiB were asked for" in caplog.text


def test_packets_are_left_in_small_buffers_for_a_short_time_only() -> None:
    """At 20 Gbit/s half of the buffer stays free."""
    assert [gathering_time_us(kib * 1024) for kib in (208, 1024, 4096, 32768)] == [
        42,
        209,
        838,
        1000,
    ]
