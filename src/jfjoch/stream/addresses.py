"""ZeroMQ addresses: binding them, and what a bound one means on another machine."""

import socket as sockets

import zmq

from jfjoch.errors import ConfigurationError

_ANY_HOST = ("0.0.0.0", "*", "[::]")
_TCP = "tcp://"
_THIS_MACHINE = "127.0.0.1"


def bind(socket: zmq.Socket[bytes], address: str) -> str:
    """Bind ``socket`` and return the real address, with the port that "*" became.

    Raises ConfigurationError naming the address.
    """
    try:
        socket.bind(address)
    except zmq.ZMQError as error:
        raise ConfigurationError(
            f"address {address} can't be bound: {error.strerror}; expected a free one such as"
            " tcp://0.0.0.0:5400, tcp://127.0.0.1:* or ipc:///path"
        ) from error
    return socket.getsockopt_string(zmq.LAST_ENDPOINT)


def tcp_address(host: str, port: int) -> str:
    """Return what to bind for other machines to find ``port`` at ``host``, a name or IP address.

    ZeroMQ binds no names. Raises ConfigurationError naming a host that can't be found.
    """
    try:
        family, *_, place = sockets.getaddrinfo(host, port, type=sockets.SOCK_STREAM)[0]
    except OSError as error:
        raise ConfigurationError(
            f"host {host}: {error.strerror}; expected a name or address of this machine"
        ) from error
    name = f"[{place[0]}]" if family == sockets.AF_INET6 else str(place[0])
    return f"{_TCP}{name}:{port}"


def connect(socket: zmq.Socket[bytes], address: str) -> None:
    """Connect ``socket``; there need not be a peer yet. ConfigurationError names the address."""
    try:
        socket.connect(address)
    except zmq.ZMQError as error:
        raise ConfigurationError(
            f"address {address} can't be used: {error.strerror}; expected one such as"
            " tcp://host:5400 or ipc:///path"
        ) from error


def reachable_address(bound_address: str, stream_address: str) -> str:
    """Return ``bound_address`` as a writer has to write it that reads ``stream_address``.

    A broker that listens on all interfaces announces the host 0.0.0.0 (or ``*``), which means
    nothing elsewhere; the host under which the writer found the image stream takes its place.
    """
    if not bound_address.startswith(_TCP):
        return bound_address
    host, _, port = bound_address.removeprefix(_TCP).rpartition(":")
    if host not in _ANY_HOST:
        return bound_address
    stream_host = _THIS_MACHINE
    if stream_address.startswith(_TCP):
        # "source;destination" is how ZeroMQ names a local interface to connect from.
        destination = stream_address.removeprefix(_TCP).rpartition(";")[2]
        stream_host = destination.rpartition(":")[0]
    return f"{_TCP}{stream_host}:{port}"
