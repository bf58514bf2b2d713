import socket

import pytest

from jfjoch.cli.local_ports import free_ports, usable_port
from jfjoch.errors import ConfigurationError


def test_a_port_nobody_uses_is_taken_as_it_is() -> None:
    port = usable_port(0)
    assert usable_port(port) == port


def test_zero_gives_different_ports_while_they_are_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", usable_port(0)))
        taken.listen()
        assert usable_port(0) != taken.getsockname()[1]


def test_a_port_in_use_is_refused_by_its_number() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"port {port} .*--port 0"):
            usable_port(port)


def test_a_number_that_is_no_port_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="port 70000"):
        usable_port(70000)


def test_ports_in_a_row_are_all_free() -> None:
    first = free_ports(4)
    assert [usable_port(port) for port in range(first, first + 4)] == list(range(first, first + 4))
