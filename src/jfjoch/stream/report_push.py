"""The writer's end of the way back to the broker."""

import contextlib
from typing import Self

import zmq

from jfjoch.errors import ConfigurationError
from jfjoch.messages.writer_report import WriterReport
from jfjoch.stream.addresses import connect
from jfjoch.stream.report_json import encode_report

LINGER_S = 1.0
"""How long the last report may take to leave."""


class ZmqReportSink:
    """Sends reports over a PUSH socket; one is dropped when a thousand wait already.

    Used by one thread at a time. Raises ConfigurationError for an address that can't be one.
    """

    def __init__(self, address: str) -> None:
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.PUSH)
        self._socket.setsockopt(zmq.LINGER, int(LINGER_S * 1e3))
        try:
            connect(self._socket, address)
        except ConfigurationError:
            self.close()
            raise

    def send(self, report: WriterReport) -> None:
        """Hand over one report; never blocks."""
        # A broker that has not read a thousand reports is not there to miss one.
        with contextlib.suppress(zmq.Again):
            self._socket.send(encode_report(report), zmq.NOBLOCK)

    def close(self) -> None:
        """Let go of the socket once its reports have left, but after at most ``LINGER_S``."""
        self._socket.close()
        self._context.term()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()
