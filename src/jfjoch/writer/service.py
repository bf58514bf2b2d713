"""The writing service: takes messages one by one, for ever."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from jfjoch.errors import StreamError
from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.metadata import MetadataMessage
from jfjoch.messages.ports import ImageSource, Message, ReportSink
from jfjoch.messages.start import StartMessage
from jfjoch.rate_limited_log import RateLimitedLog
from jfjoch.writer.flush_schedule import FlushSchedule
from jfjoch.writer.monitor import WriterMonitor
from jfjoch.writer.notification import FileAnnouncer, NoAnnouncer, notification
from jfjoch.writer.options import WriterOptions
from jfjoch.writer.reachable_broker import with_reachable_broker
from jfjoch.writer.report_line import ReportLine
from jfjoch.writer.run import WriterRun
from jfjoch.writer.sender_watch import LONGEST_ABSENCE_S, SenderWatch
from jfjoch.writer.signs_of_life import SignsOfLife
from jfjoch.writer.status_history import StatusHistory
from jfjoch.writer.stray_messages import StrayMessages

STEP_TIME_S = 0.1
"""Longest time a step waits for a message."""

_logger = logging.getLogger(__name__)


class WriterService:
    """Writes one run after another. Not thread-safe: ``step`` and ``close`` by one thread.

    Whatever comes, the next run works: broken bytes, messages of other runs and runs that can't
    be written are counted and told, and never raise.
    """

    def __init__(
        self,
        source: ImageSource,
        root: Path,
        options: WriterOptions,
        connect_reports: Callable[[str], ReportSink],
        clock: Callable[[], float] = time.monotonic,
        announcer: FileAnnouncer | None = None,
    ) -> None:
        """Take messages from ``source`` and write below ``root``, which must exist.

        ``announcer`` is told of each data file that is complete.
        """
        self._source = source
        self._root = root.resolve(strict=True)
        self._options = options
        self._reports = ReportLine(connect_reports)
        self._clock = clock
        self._flushes = FlushSchedule(clock)
        self._broken = RateLimitedLog(_logger, clock=clock)
        self._repeats = RateLimitedLog(_logger, clock=clock)
        self._strays = StrayMessages(clock)
        self._sender = SenderWatch(clock)
        self._announcer = announcer or NoAnnouncer()
        self._history = StatusHistory(self._root, clock)
        self._run: WriterRun | None = None
        self._given_up: WriterRun | None = None
        self.is_stopping: Callable[[], bool] = lambda: False
        """Asked in the middle of long work, whether ``close`` is to come soon."""
        self.monitor = WriterMonitor(clock)
        """For other threads."""

    @property
    def run(self) -> WriterRun | None:
        """The run being written, or counted after a failure; None between runs."""
        return self._run

    @property
    def stray_messages(self) -> int:
        """Messages of runs that were not being written."""
        return self._strays.count

    @property
    def broken_messages(self) -> int:
        """Messages that could not be read."""
        return self._broken.count

    def step(self, timeout_s: float = STEP_TIME_S) -> bool:
        """Take one message; False when none came within the time."""
        message = self._receive(timeout_s)
        if message is not None:
            self._sender.note_message()
            self._take(message)
        else:
            self._abandon_if_sender_is_lost()
        self._announce()
        self._report_if_due()
        self._cancel_if_asked()
        self._post(message is None)
        return message is not None

    def close(self) -> None:
        """Close the files of a run that is not over, and the line to the broker; idempotent."""
        self._abandon("the writer was stopped before the end of the run came")
        self._strays.settle()
        self._reports.close()
        self._post(must=True)

    def _receive(self, timeout_s: float) -> Message | None:
        try:
            return self._source.receive(timeout_s)
        except StreamError as error:
            self._broken.warning(f"a message can't be read and is lost: {error}")
            return None

    def _take(self, message: Message) -> None:
        if isinstance(message, StartMessage):
            self._start(message)
        elif isinstance(message, MetadataMessage):
            self._broken.warning(
                "metadata can't be written; expected the images of a zeromq.image_socket"
            )
        elif self._run is None or not self._run.owns(message.run_number, message.run_name):
            self._pass_over(message)
        elif isinstance(message, ImageMessage):
            self._run.take_image(message)
            self._flushes.note_image()
            self._history.note_image()
        elif isinstance(message, CalibrationMessage):
            self._run.take_calibration(message)
        else:
            self._end(self._run, message)

    def _pass_over(self, message: ImageMessage | CalibrationMessage | EndMessage) -> None:
        self._strays.add(message.run_number, message.run_name)
        run = self._given_up
        if run is None or not run.owns(message.run_number, message.run_name):
            return
        if isinstance(message, ImageMessage):
            run.take_late_image()

    def _start(self, message: StartMessage) -> None:
        if self._run is not None and self._run.is_started_by(message):
            self._repeats.warning(f"run {self._run.title}: its start came again and is ignored")
            return
        self._abandon("another run started before the end of this one came")
        self._strays.settle()
        message = with_reachable_broker(message, self._options.stream_address)
        self._run = WriterRun(message, self._root, self._options)
        self._given_up = None
        self._run.begin()
        self._history.begin(self._run)
        self._flushes.restart()
        self._sender.begin(self._source.departures)
        self._reports.direct_to(message.files.writer_notification_address)
        self._report_progress(self._run)
        self._post(must=True)

    def _end(self, run: WriterRun, message: EndMessage) -> None:
        # Until the files are closed the broker must not take the last images for lost.
        run.flush()
        self._report_progress(run)
        run.finish(message, self._signs_of_life(run, lambda: self._is_awaited))
        self._leave(run)

    def _abandon(self, reason: str) -> None:
        if self._run is not None:
            # The next run, an operator or the end of the process waits for it.
            self._run.abandon(reason, self._signs_of_life(self._run, lambda: True))
            self._given_up = self._run
            self._leave(self._run)

    def _abandon_if_sender_is_lost(self) -> None:
        if self._run is not None and self._sender.is_lost(self._source.departures):
            self._abandon(f"the broker went away, and nothing came for {LONGEST_ABSENCE_S:g} s")

    def _leave(self, run: WriterRun) -> None:
        self._announce()
        self._reports.send(run.report("end"))
        self._history.end()
        self._run = None
        self._post(must=True)

    def _cancel_if_asked(self) -> None:
        if not self.monitor.is_cancel_asked:
            return
        asked = self.monitor.take_cancels()
        if self._run is not None:
            self._abandon("given up: POST /cancel was sent to the writer")
            self._history.forgive()
            self._post(must=True)
        for request in asked:
            request.set()

    def _announce(self) -> None:
        """Tell of the data files that are complete by now."""
        if self._run is not None:
            for file in self._run.take_finished():
                self._announcer.send(notification(self._run.start, file))

    def _post(self, must: bool) -> None:
        """Show how things are, now and then or because something has changed."""
        if must or self._history.is_due():
            self.monitor.post(self._history.status(self.broken_messages, self.stray_messages))

    def _report_if_due(self) -> None:
        if self._run is not None and self._flushes.due():
            self._run.flush()
            self._report_progress(self._run)
            self._flushes.restart()

    def _report_progress(self, run: WriterRun) -> None:
        self._announce()
        self._post(must=bool(run.error))
        self._reports.send(run.report("progress"))

    @property
    def _is_awaited(self) -> bool:
        return self.is_stopping() or self.monitor.is_cancel_asked

    def _signs_of_life(self, run: WriterRun, is_hurried: Callable[[], bool]) -> SignsOfLife:
        return SignsOfLife(lambda: self._report_progress(run), self._clock, is_hurried)
