"""Who is connected to a bound socket."""

import zmq
from zmq.utils.monitor import recv_monitor_message

from jfjoch.stream.event_socket import event_socket

_EVENTS = zmq.EVENT_ACCEPTED | zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED


class PeerMonitor:
    """Counts the peers of one bound socket; make it before the socket is bound.

    Only a connection that completed the ZeroMQ handshake is a peer: port scanners and sockets
    of a kind that does not fit never count. Used by the thread that uses the socket. Events wait
    for ``update`` as long as it takes, 150 bytes each.
    """

    def __init__(self, socket: zmq.Socket[bytes]) -> None:
        self._watched = socket
        self._events = event_socket(socket, _EVENTS)
        self._is_peer_of_connection: dict[int, bool] = {}
        self._departures = 0

    @property
    def events(self) -> zmq.Socket[bytes]:
        """Readable when ``update`` has something to do."""
        return self._events

    @property
    def peer_count(self) -> int:
        """Peers connected at the last ``update``."""
        return sum(self._is_peer_of_connection.values())

    @property
    def departures(self) -> int:
        """Peers that went away, up to the last ``update``; a peer that came back counts, too."""
        return self._departures

    def update(self) -> None:
        """Take in what happened since the last time; never blocks."""
        # Asking for the state costs a tenth of a poll, and this is done for every image.
        while int(self._events.getsockopt(zmq.EVENTS)) & zmq.POLLIN:
            message = recv_monitor_message(self._events)
            self._take(message["event"], message["value"])

    def _take(self, event: int, connection: int) -> None:
        if event == zmq.EVENT_ACCEPTED:
            self._is_peer_of_connection[connection] = False
        elif event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self._promote()
        elif self._is_peer_of_connection.pop(connection, False):
            self._departures += 1

    def _promote(self) -> None:
        """Make the connection a peer that a handshake, which does not say whose it is, was for.

        A peer shakes hands as soon as it is accepted, so it is the latest that has not yet; an
        older one is something that keeps a connection open in silence.
        """
        for connection in reversed(self._is_peer_of_connection):
            if not self._is_peer_of_connection[connection]:
                self._is_peer_of_connection[connection] = True
                return

    def close(self) -> None:
        """Stop watching; to be called before the socket is closed."""
        self._watched.disable_monitor()
        self._events.close(linger=0)
