"""TCP ports of this machine."""

import socket

from jfjoch.errors import ConfigurationError

LOCALHOST = "127.0.0.1"


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
