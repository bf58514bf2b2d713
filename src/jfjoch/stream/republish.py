"""Messages of the image stream once more, for programs that analyse them."""

import logging
import time
from collections.abc import Callable
from typing import Self

import zmq

from jfjoch.errors import ConfigurationError
from jfjoch.messages.end import EndMessage
from jfjoch.messages.ports import Message
from jfjoch.messages.start import StartMessage
from jfjoch.rate_limited_log import RateLimitedLog
from jfjoch.stream.addresses import bind

DEFAULT_WATERMARK = 1000
PATIENCE_S = 0.1
"""How long a start or an end is offered; then it is dropped, too."""
LINGER_S = 0.5
"""How long the last messages may take to leave when the socket is closed."""

_log = logging.getLogger(__name__)


class ZmqRepublisher:
    """Sends over a PUSH socket what came, byte for byte and without a copy.

    Several receivers share the messages out among themselves. Without a receiver, or when
    ``watermark`` messages wait for it, an image (or calibration array) is dropped at once, a start
    or end after ``PATIENCE_S``; both are counted and told in the log. Used by one thread at a
    time; the count may be read by any.
    """

    def __init__(
        self,
        address: str,
        watermark: int = DEFAULT_WATERMARK,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wanted_address = address
        self._watermark = watermark
        self._dropped = RateLimitedLog(_log, clock=clock)
        self._address = ""
        self._context: zmq.Context[zmq.Socket[bytes]] | None = None
        self._socket: zmq.Socket[bytes] | None = None

    def open(self) -> None:
        """Bind the socket. Raises ConfigurationError naming the address."""
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.PUSH)
        self._socket.setsockopt(zmq.SNDHWM, self._watermark)
        self._socket.setsockopt(zmq.IPV6, int("[" in self._wanted_address))
        try:
            self._address = bind(self._socket, self._wanted_address)
        except ConfigurationError as error:
            self.close()
            raise ConfigurationError(f"republishing: {error}") from error
        _log.info("republishing at %s", self._address)

    @property
    def address(self) -> str:
        """The address it is bound to, with the real port; empty before ``open``."""
        return self._address

    @property
    def dropped(self) -> int:
        """Messages that nobody took."""
        return self._dropped.count

    def forward(self, frame: zmq.Frame, message: Message) -> None:
        """Send ``frame``, which was decoded to ``message``, or drop it."""
        assert self._socket, "open() comes first"
        if isinstance(message, StartMessage | EndMessage):
            self._socket.poll(int(PATIENCE_S * 1e3), zmq.POLLOUT)
        try:
            self._socket.send(frame, zmq.NOBLOCK, copy=False)
        except zmq.Again:
            self._dropped.warning(
                f"{self._address}: no receiver, or its queue is full; messages are not republished"
            )

    def close(self) -> None:
        """Let go of the socket; what is queued gets ``LINGER_S`` to leave. Idempotent."""
        if self._socket:
            self._socket.close(linger=int(LINGER_S * 1e3))
            self._socket = None
        if self._context:
            self._context.term()
            self._context = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()
