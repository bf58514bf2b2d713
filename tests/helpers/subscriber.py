"""A plain SUB socket that reads preview or metadata."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import zmq

from tests.helpers.broker_client import BrokerClient
from tests.helpers.cbor_tags import decode
from tests.helpers.configurations import dataset

_PATIENCE_MS = 20_000
_SHORT_MS = 50


class Subscriber:
    """Messages as what they are on the wire."""

    def __init__(self, socket: "zmq.Socket[bytes]") -> None:
        self._socket = socket

    def bytes(self) -> bytes:
        """The next message, undecoded."""
        return self._socket.recv()

    def next(self) -> dict[str, Any]:
        """The next message."""
        message = decode(self.bytes())
        assert isinstance(message, dict)
        return message

    def until(self, kind: str) -> list[dict[str, Any]]:
        """The messages up to and with the next one of that type."""
        messages = [self.next()]
        while messages[-1]["type"] != kind:
            messages.append(self.next())
        return messages

    @property
    def has_message(self) -> bool:
        """Whether a message comes soon."""
        return bool(self._socket.poll(_SHORT_MS))

    def settle(self, client: BrokerClient) -> None:
        """Make short runs until one of them is heard, and read what is heard to its end.

        A subscription takes its time to reach the publisher, and nobody says when it has. The
        stream must be enabled.
        """
        run = 0
        while not self.has_message:
            run = client.measure(dataset("", 1))["run_number"]
        while self.until("end")[-1]["series_id"] != run:
            pass


@contextmanager
def subscribed(address: str, receive_watermark: int = 1000) -> Iterator[Subscriber]:
    """Connect for the length of the block."""
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.rcvtimeo = _PATIENCE_MS
        socket.linger = 0
        socket.rcvhwm = receive_watermark
        socket.subscribe(b"")
        socket.connect(address)
        yield Subscriber(socket)
