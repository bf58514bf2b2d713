"""The writer's end of the image stream."""

import math
from typing import Self

import zmq

from jfjoch.errors import ConfigurationError, StreamError
from jfjoch.messages.ports import Message
from jfjoch.stream.addresses import connect
from jfjoch.stream.cbor.decode import decode
from jfjoch.stream.departures import Departures
from jfjoch.stream.republish import ZmqRepublisher

DEFAULT_WATERMARK = 100
_KEEPALIVE = (
    (zmq.TCP_KEEPALIVE_IDLE, 10),
    (zmq.TCP_KEEPALIVE_INTVL, 5),
    (zmq.TCP_KEEPALIVE_CNT, 3),
)
"""Seconds, and how often: a machine that is switched off says no goodbye."""
MAX_MESSAGE_BYTES = 1 << 30
"""A larger announcement ends the connection, before memory is taken for it."""


class ZmqImageSource:
    """Receives messages over a PULL socket, in the order in which the broker sent them.

    At most ``watermark`` messages wait here; then the broker's queue fills, and then the broker
    waits: nothing is dropped. Payloads are views of the received memory, which lives as long as
    they do. Connects again by itself. Used by one thread at a time. Raises ConfigurationError
    for an address that can't be one. ``republisher`` is handed each message that can be read.
    """

    def __init__(
        self,
        address: str,
        watermark: int = DEFAULT_WATERMARK,
        republisher: ZmqRepublisher | None = None,
    ) -> None:
        self._republisher = republisher
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.PULL)
        self._socket.setsockopt(zmq.RCVHWM, watermark)
        self._socket.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE_BYTES)
        self._socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
        for option, value in _KEEPALIVE:
            self._socket.setsockopt(option, value)
        self._departures = Departures(self._socket)
        try:
            connect(self._socket, address)
        except ConfigurationError:
            self.close()
            raise

    def receive(self, timeout_s: float) -> Message | None:
        """Return the next message, or None when none came within the time.

        Raises StreamError for bytes that are not a message; the source stays usable.
        """
        if not self._socket.poll(math.ceil(timeout_s * 1e3)):
            return None
        parts = self._socket.recv_multipart(zmq.NOBLOCK, copy=False)
        if len(parts) != 1:
            raise StreamError(f"expected one frame per message, got {len(parts)}")
        message = decode(parts[0].buffer)
        if self._republisher is not None:
            self._republisher.forward(parts[0], message)
        return message

    @property
    def departures(self) -> int:
        """How often the broker went away so far."""
        return self._departures.count()

    def close(self) -> None:
        """Let go of the socket; idempotent."""
        if not self._socket.closed:
            self._departures.close()
        self._socket.close(linger=0)
        self._context.term()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()
