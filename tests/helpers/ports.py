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
