"""Free TCP ports for services under test."""

import random
import socket

# Below the range the kernel gives to outgoing connections, so that none of those takes the port
# between the moment it is found free and the moment the service binds it.
_FIRST_PORT = 20_000
_LAST_PORT = 32_000


def free_tcp_port() -> int:
    """Return a port of 127.0.0.1 nobody listens on at this moment."""
    for port in random.sample(range(_FIRST_PORT, _LAST_PORT), 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"no free port between {_FIRST_PORT} and {_LAST_PORT}")


def free_tcp_ports(count: int) -> int:
    """Return the first of so many ports in a row nobody listens on at this moment."""
    for first in random.sample(range(_FIRST_PORT, _LAST_PORT - count), 100):
        if all(_is_free(port) for port in range(first, first + count)):
            return first
    raise RuntimeError(f"no {count} free ports between {_FIRST_PORT} and {_LAST_PORT}")


def _is_free(port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> bool:
    with socket.socket(type=kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_udp_ports(count: int) -> int:
    """Return the first of so many UDP ports in a row that are free at this moment."""
    for first in random.sample(range(_FIRST_PORT, _LAST_PORT - count), 100):
        if all(_is_free(port, socket.SOCK_DGRAM) for port in range(first, first + count)):
            return first
    raise RuntimeError(f"no {count} free UDP ports between {_FIRST_PORT} and {_LAST_PORT}")
