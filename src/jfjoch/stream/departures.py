"""How often the other end of a connecting socket went away."""

import zmq
from zmq.utils.monitor import recv_monitor_message

from jfjoch.stream.event_socket import event_socket


class Departures:
    """Counts lost connections of one socket; make it before the socket is connected.

    Used by the thread that uses the socket.
    """

    def __init__(self, socket: "zmq.Socket[bytes]") -> None:
        self._watched = socket
        self._events = event_socket(socket, zmq.EVENT_DISCONNECTED)
        self._count = 0

    def count(self) -> int:
        """Return how many connections were lost so far; never blocks."""
        while int(self._events.getsockopt(zmq.EVENTS)) & zmq.POLLIN:
            recv_monitor_message(self._events)
            self._count += 1
        return self._count

    def close(self) -> None:
        """Stop watching; to be called before the socket is closed."""
        self._watched.disable_monitor()
        self._events.close(linger=0)
