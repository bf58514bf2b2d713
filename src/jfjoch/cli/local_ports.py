"""TCP ports of this machine."""

import socket

from jfjoch.errors import ConfigurationError

LOCALHOST = "127.0.0.1"
_MOST_ATTEMPTS = 100


def usable_port(port: int) -> int:
    """Return ``port`` if nobody listens there; 0 stands for any free one.

    Raises ConfigurationError when it is taken.
    """
    with socket.socket() as probe:
        # As a server would: connections that linger after an earlier run do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCALHOST, port))
        except (OSError, OverflowError) as error:
            raise ConfigurationError(
                f"port {port} of {LOCALHOST} can't be used ({error}); is a broker running already?"
                " Choose another with --port, or any free one with --port 0"
            ) from error
        return int(probe.getsockname()[1])


def free_ports(count: int) -> int:
    """Return the first of so many ports in a row nobody listens at.

    Raises ConfigurationError when there are none.
    """
    for _ in range(_MOST_ATTEMPTS):
        first = usable_port(0)
        if all(_is_free(port) for port in range(first + 1, first + count)):
            return first
    raise ConfigurationError(f"no {count} free ports in a row at {LOCALHOST}; end other programs")


def _is_free(port: int) -> bool:
    try:
        usable_port(port)
    except ConfigurationError:
        return False
    return True
