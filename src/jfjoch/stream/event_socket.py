"""Where the connections of a socket tell what becomes of them."""

import uuid

import zmq


def event_socket(socket: "zmq.Socket[bytes]", events: int) -> "zmq.Socket[bytes]":
    """Return the socket on which ``events`` (zmq.EVENT_...) of ``socket`` arrive.

    With the usual bounded queue, ZeroMQ's own thread would wait as soon as a thousand events of
    a port scanner are in it, and no writer could connect any more. The limit of a pipe within
    the process is the sum of both ends', and none if one end has none.
    """
    address = f"inproc://events-{uuid.uuid4()}"
    socket.monitor(address, events)
    receiver: zmq.Socket[bytes] = socket.context.socket(zmq.PAIR)
    receiver.setsockopt(zmq.RCVHWM, 0)
    receiver.connect(address)
    return receiver
