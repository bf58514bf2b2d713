"""Small notes for whoever listens, as JSON."""

import json
from typing import Any, Self

from jfjoch.stream.publisher_socket import PublisherSocket

WATERMARK = 100_000
"""Notes kept for a subscriber that does not read; a note has about 1 kB."""


class ZmqJsonPublisher:
    """Sends JSON objects over a PUB socket; never waits. Used by one thread at a time."""

    def __init__(self, stream: str, address: str) -> None:
        """``stream`` names it in the log and in errors."""
        self._socket = PublisherSocket(stream, address, WATERMARK)

    def open(self) -> None:
        """Bind the socket. Raises ConfigurationError naming stream and address."""
        self._socket.open()

    @property
    def address(self) -> str:
        """The address it is bound to, with the real port; empty before ``open``."""
        return self._socket.address

    def send(self, content: dict[str, Any]) -> None:
        """Tell ``content``, one message with one JSON object."""
        self._socket.send(json.dumps(content, ensure_ascii=True).encode("ascii"))

    def close(self) -> None:
        """Let go of the socket; what is queued gets a moment to leave. Idempotent."""
        self._socket.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()
