"""The control protocol of detector servers from the client's side, over plain sockets."""

import socket
import struct
from types import TracebackType
from typing import Any, Self

from jfjoch.simulator.control.function_names import FUNCTION_IDS

TIMEOUT_S = 60.0
TEXT_BYTES = 1000


class Refused(Exception):
    """The server answered with a text."""


class ControlClient:
    """One connection to one port of a board."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.socket.close()

    def call(
        self, name: str, arguments: tuple[int, ...] = (), formats: tuple[str, str] = ("", "")
    ) -> tuple[Any, ...]:
        """Send a command, with arguments and answer of such formats; ``Refused`` with the text."""
        sent, answered = formats
        self.send(struct.pack(f"<i{sent}", FUNCTION_IDS[name], *arguments))
        if struct.unpack("<i", self.receive(4))[0] != 0:
            raise Refused(self.receive(TEXT_BYTES).rstrip(b"\0").decode())
        return struct.unpack("<" + answered, self.receive(struct.calcsize("<" + answered)))

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def receive(self, count: int) -> bytes:
        """Exactly so many bytes; AssertionError when fewer come before the end."""
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            assert part, f"{count} bytes expected, the connection ended after {len(data)}"
            data += part
        return data

    def receive_rest(self) -> bytes:
        """All that comes until the server closes; a reset counts as closing."""
        data = b""
        try:
            while part := self.socket.recv(65536):
                data += part
        except ConnectionResetError:
            pass
        return data


def call(
    port: int, name: str, arguments: tuple[int, ...] = (), formats: tuple[str, str] = ("", "")
) -> tuple[Any, ...]:
    """One command in a connection of its own, as slsdet does it."""
    with ControlClient(port) as client:
        return client.call(name, arguments, formats)
