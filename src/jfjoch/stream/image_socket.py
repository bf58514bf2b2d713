"""One PUSH socket of the image stream."""

import math
import time
from collections.abc import Callable

import zmq

from jfjoch.errors import ConfigurationError, OperationFailed, WriterLost
from jfjoch.model.zeromq import ZeromqSettings
from jfjoch.stream.addresses import bind
from jfjoch.stream.peer_monitor import PeerMonitor

ZERO_COPY_BYTES = 256 * 1024
"""Larger messages are handed to ZeroMQ without a copy; below, copying is cheaper."""

_POLL_S = 0.1
"""Longest wait before the clock is read again."""
_REBIND_TIME_S = 2.0
"""ZeroMQ closes a listening socket in the background, soon after it was told to."""


class ImageSocket:
    """A bound PUSH socket for exactly one writer.

    ZeroMQ would share images out among several writers, and forgets what it holds for one that
    goes away; both is found out here and raised as WriterLost. Its queue holds
    ``send_watermark`` messages; when it is full, ``send`` waits.
    """

    def __init__(
        self, context: zmq.Context[zmq.Socket[bytes]], address: str, settings: ZeromqSettings
    ) -> None:
        self._context = context
        self._settings = settings
        self._departures_before_run = 0
        self._bind(address)

    def _bind(self, address: str) -> None:
        self._socket = self._context.socket(zmq.PUSH)
        self._socket.setsockopt(zmq.SNDHWM, self._settings.send_watermark)
        if self._settings.send_buffer_size is not None:
            self._socket.setsockopt(zmq.SNDBUF, self._settings.send_buffer_size)
        self._monitor = PeerMonitor(self._socket)
        try:
            self._address = bind(self._socket, address)
        except ConfigurationError:
            self.close()
            raise
        self._poller = zmq.Poller()
        self._poller.register(self._socket, zmq.POLLOUT)
        self._poller.register(self._monitor.events, zmq.POLLIN)

    @property
    def address(self) -> str:
        """The address it is bound to, with the real port."""
        return self._address

    def rebind(self) -> None:
        """Forget everything queued; writers connect again by themselves.

        Raises OperationFailed when somebody else has taken the address; may be tried again.
        """
        self.close()
        deadline = time.monotonic() + _REBIND_TIME_S
        while True:
            try:
                self._bind(self._address)
            except ConfigurationError as error:
                if time.monotonic() > deadline:
                    raise OperationFailed(f"image stream: {error}") from error
                time.sleep(0.001)
            else:
                return

    def peer_count(self) -> int:
        """Return the number of writers connected now."""
        self._monitor.update()
        return self._monitor.peer_count

    def begin_run(self) -> None:
        """From now on the writer that is connected must stay."""
        self._departures_before_run = self._monitor.departures

    def check_writer(self) -> None:
        """Raise WriterLost unless the run's writer, and only it, has been here all the time."""
        peers = self.peer_count()
        if self._monitor.departures > self._departures_before_run or not peers:
            raise WriterLost(f"the writer on {self._address} has disconnected during the run")
        if peers > 1:
            raise WriterLost(
                f"{peers} writers on {self._address}: another one has connected during the run"
                " and takes images from the first; stop all but one"
            )

    def wait_for_room(self, deadline: float, clock: Callable[[], float]) -> bool:
        """Return whether the queue takes a message by ``deadline``; it is asked at least once.

        Raises WriterLost as soon as the writer has gone.
        """
        self.check_writer()
        while not self._has_room():
            remaining = deadline - clock()
            if remaining <= 0:
                return False
            self._poller.poll(math.ceil(min(remaining, _POLL_S) * 1e3))
            self.check_writer()
        return True

    def _has_room(self) -> bool:
        return bool(int(self._socket.getsockopt(zmq.EVENTS)) & zmq.POLLOUT)

    def offer(self, message: bytes) -> bool:
        """Queue ``message``; False when there is no room.

        It may be sent later, from its own memory.
        """
        try:
            self._socket.send(message, zmq.NOBLOCK, copy=len(message) <= ZERO_COPY_BYTES)
        except zmq.Again:
            return False
        return True

    def send(self, message: bytes, deadline: float, clock: Callable[[], float]) -> bool:
        """Queue ``message``; False when there was no room by ``deadline``.

        Raises WriterLost as soon as the writer has gone.
        """
        while self.wait_for_room(deadline, clock):
            if self.offer(message):
                return True
        return False

    def close(self, linger_s: float = 0.0) -> None:
        """Let go of the address; what is queued gets ``linger_s`` to leave. Idempotent."""
        if not self._socket.closed:
            self._monitor.close()
            self._socket.close(linger=int(linger_s * 1e3))
