"""Who counts as a peer, on real sockets."""

import socket as tcp
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import zmq

from jfjoch.stream.peer_monitor import PeerMonitor


@dataclass
class Watched:
    """A bound PUSH socket with its monitor."""

    context: zmq.Context[zmq.Socket[bytes]]
    push: zmq.Socket[bytes]
    monitor: PeerMonitor
    address: str

    def connect(self, kind: int = zmq.PULL) -> zmq.Socket[bytes]:
        peer = self.context.socket(kind)
        peer.connect(self.address)
        return peer

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Take in events until the condition holds."""
        while not condition():
            assert self.monitor.events.poll(5000), "nothing happened for 5 s"
            self.monitor.update()


@pytest.fixture(params=["tcp", "ipc"])
def watched(request: pytest.FixtureRequest) -> Iterator[Watched]:
    context = zmq.Context()
    push = context.socket(zmq.PUSH)
    monitor = PeerMonitor(push)
    push.bind("tcp://127.0.0.1:*" if request.param == "tcp" else "ipc://*")
    yield Watched(context, push, monitor, push.getsockopt_string(zmq.LAST_ENDPOINT))
    monitor.close()
    push.close(0)
    context.term()


def test_peers_are_counted_as_they_come_and_go(watched: Watched) -> None:
    assert watched.monitor.peer_count == 0
    first, second = watched.connect(), watched.connect()
    watched.wait_until(lambda: watched.monitor.peer_count == 2)
    first.close(0)
    watched.wait_until(lambda: watched.monitor.peer_count == 1)
    assert watched.monitor.departures == 1
    second.close(0)
    watched.wait_until(lambda: watched.monitor.peer_count == 0)
    assert watched.monitor.departures == 2


def test_a_socket_of_another_kind_is_no_peer(watched: Watched) -> None:
    stranger = watched.connect(zmq.SUB)
    peer = watched.connect()
    watched.wait_until(lambda: watched.monitor.peer_count == 1)
    stranger.close(0)
    peer.close(0)
    watched.wait_until(lambda: watched.monitor.departures == 1)
    assert watched.monitor.peer_count == 0


def _port(watched: Watched) -> tuple[str, int]:
    host, _, port = watched.address.removeprefix("tcp://").rpartition(":")
    return host, int(port)


@pytest.mark.parametrize("watched", ["tcp"], indirect=True)
def test_connections_that_nobody_looks_at_block_no_writer(watched: Watched) -> None:
    """A port scanner between two runs: ZeroMQ's own thread must not wait for the monitor."""
    for _ in range(3000):
        tcp.create_connection(_port(watched), timeout=5.0).close()
    peer = watched.connect()
    watched.push.setsockopt(zmq.SNDTIMEO, 5000)
    watched.push.send(b"image")  # waits for a peer whose handshake is done
    assert peer.poll(5000), "the writer gets nothing"
    watched.wait_until(lambda: watched.monitor.peer_count == 1)
    assert watched.monitor.departures == 0
    peer.close(0)


@pytest.mark.parametrize("watched", ["tcp"], indirect=True)
def test_a_connection_without_handshake_is_no_peer(watched: Watched) -> None:
    """A port scanner that holds its connection open while a writer comes and stays."""
    scanner = tcp.create_connection(_port(watched))
    peer = watched.connect()
    watched.wait_until(lambda: watched.monitor.peer_count == 1)
    scanner.close()
    last = watched.connect()
    watched.wait_until(lambda: watched.monitor.peer_count == 2)
    assert watched.monitor.departures == 0
    peer.close(0)
    last.close(0)
