"""A PUB socket that never waits."""

import logging

import zmq

from jfjoch.errors import ConfigurationError
from jfjoch.stream.addresses import bind
from jfjoch.stream.image_socket import ZERO_COPY_BYTES

LINGER_S = 0.5
"""How long the last messages may take to leave when the socket is closed."""

_log = logging.getLogger(__name__)


class PublisherSocket:
    """Sends to all who are connected at that moment.

    For a subscriber that does not read, ``watermark`` messages are kept, then ZeroMQ drops what
    comes for it, and only for it; nobody is told. Used by one thread at a time.
    """

    def __init__(self, stream: str, address: str, watermark: int) -> None:
        """``stream`` names it in the log and in errors."""
        self._stream = stream
        self._wanted_address = address
        self._watermark = watermark
        self._address = ""
        self._context: zmq.Context[zmq.Socket[bytes]] | None = None
        self._socket: zmq.Socket[bytes] | None = None

    def open(self) -> None:
        """Bind the socket. Raises ConfigurationError naming stream and address."""
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.PUB)
        self._socket.setsockopt(zmq.SNDHWM, self._watermark)
        self._socket.setsockopt(zmq.IPV6, int("[" in self._wanted_address))
        try:
            self._address = bind(self._socket, self._wanted_address)
        except ConfigurationError as error:
            self.close()
            raise ConfigurationError(f"{self._stream}: {error}") from error
        _log.info("%s: published at %s", self._stream, self._address)

    @property
    def address(self) -> str:
        """The address it is bound to, with the real port; empty before ``open``."""
        return self._address

    def send(self, message: bytes) -> None:
        """Hand over a message, which may be sent later, from its own memory."""
        assert self._socket, "open() comes first"
        self._socket.send(message, zmq.NOBLOCK, copy=len(message) <= ZERO_COPY_BYTES)

    def close(self) -> None:
        """Let go of the socket; what is queued gets ``LINGER_S`` to leave. Idempotent."""
        if self._socket:
            self._socket.close(linger=int(LINGER_S * 1e3))
            self._socket = None
        if self._context:
            self._context.term()
            self._context = None
