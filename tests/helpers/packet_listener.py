"""The UDP sockets that packets of a simulated detector come to."""

import selectors
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from jfjoch.simulator.acquisition import Destination
from tests.reference.packets import Packet

_BUFFER_BYTES = 4 * 2**20
_PATIENCE_S = 30.0


class PacketListener:
    """Takes all packets, in a thread, as long as the context lasts."""

    def __init__(self, module_count: int, ports: int) -> None:
        self.packets: list[Packet] = []
        self._selector = selectors.DefaultSelector()
        self._closing = False
        self._changed = threading.Condition()
        self.destinations = tuple(
            tuple(self._listen(module, port) for port in range(ports))
            for module in range(module_count)
        )
        self._thread = threading.Thread(target=self._take)

    def _listen(self, module: int, port: int) -> Destination:
        listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ, (module, port))
        return Destination("127.0.0.1", listener.getsockname()[1])

    def wait_for(self, count: int) -> list[Packet]:
        """Return all packets when so many are there."""
        self.wait_until(lambda: len(self.packets) >= count)
        return self.packets

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until it is true, at most 30 s."""
        with self._changed:
            assert self._changed.wait_for(condition, _PATIENCE_S), len(self.packets)

    def _take(self) -> None:
        while not self._closing:
            for key, _ in self._selector.select(0.05):
                self._empty(key)

    def _empty(self, key: selectors.SelectorKey) -> None:
        module, port = key.data
        while True:
            try:
                content = key.fileobj.recv(65536)  # type: ignore[union-attr]
            except BlockingIOError:
                return
            with self._changed:
                self.packets.append(Packet(module, port, content))
                self._changed.notify_all()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing = True
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()
