"""The socket on which writers report."""

import logging
import time
from collections.abc import Callable

import zmq

from jfjoch.errors import ConfigurationError, StreamError
from jfjoch.messages.writer_report import WriterReport
from jfjoch.rate_limited_log import RateLimitedLog
from jfjoch.stream.addresses import bind
from jfjoch.stream.report_json import MAX_REPORT_BYTES, decode_report

_MOST_AT_ONCE = 1000
"""Messages taken in one go, so that a flood can't hold up its reader."""


class ReportInbox:
    """A bound PULL socket for reports; everything else that arrives is counted and logged."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        address: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bad = RateLimitedLog(logging.getLogger(__name__), clock=clock)
        self._socket = context.socket(zmq.PULL)
        self._socket.setsockopt(zmq.MAXMSGSIZE, MAX_REPORT_BYTES)
        try:
            self._address = bind(self._socket, address)
        except ConfigurationError:
            self.close()
            raise

    @property
    def address(self) -> str:
        """The address it is bound to, with the real port."""
        return self._address

    @property
    def refused_count(self) -> int:
        """Messages that were not reports."""
        return self._bad.count

    def take(self) -> list[WriterReport]:
        """Return the reports that have arrived; never blocks."""
        reports: list[WriterReport] = []
        for _ in range(_MOST_AT_ONCE):
            try:
                message = self._socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                break
            try:
                reports.append(decode_report(message))
            except StreamError as error:
                self._bad.warning(f"{self._address}: {error}")
        return reports

    def close(self) -> None:
        """Let go of the address."""
        self._socket.close(linger=0)
