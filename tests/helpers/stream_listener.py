"""A plain PULL socket in the place of the writer's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import zmq

from tests.helpers.broker_client import BrokerClient
from tests.helpers.cbor_tags import decode

_RECEIVE_TIMEOUT_MS = 20_000


class StreamListener:
    """Takes all messages of a run, as what they are on the wire."""

    def __init__(self, client: BrokerClient, socket: "zmq.Socket[bytes]") -> None:
        self.client = client
        self._socket = socket

    def messages_of(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Carry out a run that is expected to end well; its messages from start to end."""
        self.client.start(body)
        messages = [decode(self._socket.recv())]
        while messages[-1]["type"] != "end":
            messages.append(decode(self._socket.recv()))
        assert self.client.wait_till_done() == 200, self.client.status()
        return messages


@contextmanager
def listening(client: BrokerClient, image_address: str) -> Iterator[StreamListener]:
    """Connect to a broker without a notification socket: nobody is asked what was written."""
    with zmq.Context() as context, context.socket(zmq.PULL) as socket:
        socket.rcvtimeo = _RECEIVE_TIMEOUT_MS
        socket.linger = 0
        socket.connect(image_address)
        yield StreamListener(client, socket)
