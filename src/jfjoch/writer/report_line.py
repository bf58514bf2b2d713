"""The writer's line to the broker."""

import logging
from collections.abc import Callable

from jfjoch.errors import ConfigurationError
from jfjoch.messages.ports import ReportSink
from jfjoch.messages.writer_report import WriterReport

_logger = logging.getLogger(__name__)


class ReportLine:
    """Connected to where the last start told it to report; the connection outlives a run."""

    def __init__(self, connect: Callable[[str], ReportSink]) -> None:
        self._connect = connect
        self._address = ""
        self._sink: ReportSink | None = None

    def direct_to(self, address: str) -> None:
        """Report to ``address`` from now on; "" = to nobody.

        An address that can't be used is logged: the run is written all the same.
        """
        if address == self._address:
            return
        self.close()
        if address:
            try:
                self._sink = self._connect(address)
                self._address = address
            except ConfigurationError as error:
                _logger.warning("no reports to the broker: %s", error)

    def send(self, report: WriterReport) -> None:
        """Hand over one report, if there is anybody to take it."""
        if self._sink is not None:
            self._sink.send(report)

    def close(self) -> None:
        """Let go of the connection; idempotent."""
        if self._sink is not None:
            self._sink.close()
        self._sink = None
        self._address = ""
