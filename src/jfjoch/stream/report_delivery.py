"""One report to a broker that may be gone."""

import zmq

from jfjoch.messages.writer_report import WriterReport
from jfjoch.stream.addresses import connect
from jfjoch.stream.report_json import encode_report

DELIVERY_S = 1.0
"""How long the broker is looked for, and then how long the report may take to leave."""


def deliver_report(address: str, report: WriterReport, timeout_s: float = DELIVERY_S) -> bool:
    """Return whether somebody was there to take the report.

    Raises ConfigurationError for an address that can't be one.
    """
    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.setsockopt(zmq.IMMEDIATE, 1)  # only a connection that stands takes a message
        socket.setsockopt(zmq.SNDTIMEO, int(timeout_s * 1e3))
        socket.setsockopt(zmq.LINGER, int(timeout_s * 1e3))
        connect(socket, address)
        try:
            socket.send(encode_report(report))
        except zmq.Again:
            return False
    return True
