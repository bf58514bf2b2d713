"""What the writers of a run have said."""

import time
from collections.abc import Callable

from jfjoch.errors import WriterLost
from jfjoch.messages.ports import ImageSink
from jfjoch.messages.writer_report import WriterReport
from jfjoch.model.plan import RunIdentity
from jfjoch.receiver.run_statistics import RunStatistics

SILENCE_S = 5.0
"""A writer that takes nothing and says nothing for so long has failed the run."""

CLOSING_S = 60.0
"""A writer that has all images on disk may take so long to close its files."""

LAST_WORDS_S = 0.2
"""What a writer has said before it died arrives after the news of its death, by so much at most."""

_POLL_S = 0.01


class WriterWatch:
    """Collects reports of one run and notices silence; used by one thread at a time."""

    def __init__(
        self,
        sink: ImageSink,
        run: RunIdentity,
        statistics: RunStatistics,
        clock: Callable[[], float],
    ) -> None:
        self._sink = sink
        self._run = run
        self._statistics = statistics
        self._clock = clock
        self._last_sign = clock()
        self._reports: dict[int, WriterReport] = {}

    def sign_of_life(self) -> None:
        """The send queue took an image, or nothing is asked of the writer now."""
        self._last_sign = self._clock()

    @property
    def owes_images(self) -> bool:
        """Whether writers that can answer have not yet written all that was sent."""
        sent = self._statistics.snapshot().images_sent
        return self._sink.reports_configured and sent > self.images_on_disk

    def poll(self) -> None:
        """Read reports. Raises WriterLost when a writer says that it failed."""
        for report in self._own_reports():
            # Who mends files while their run goes on has not ended it.
            if report.type != "recovered":
                self._note(report)

    def hear_last_words(self) -> None:
        """Wait a moment for what was said before the run had failed, and count by it."""
        for _ in range(round(LAST_WORDS_S / _POLL_S) if self._sink.reports_configured else 0):
            time.sleep(_POLL_S)
            self.hear()

    def hear(self) -> None:
        """Count by what is said of a run that has failed, whenever it comes; never blocks.

        A writer that was only silent goes on, files of a killed one are mended.
        """
        for report in self._own_reports():
            self._count(report)

    def check_silence(self) -> None:
        """Raise WriterLost when there was no sign of life for too long."""
        if self._clock() - self._last_sign > SILENCE_S:
            raise WriterLost(
                f"the writer took no image and sent no word for {SILENCE_S:.0f} s"
                " while images were waiting; check jfjoch_writer and its disk"
            )

    def check_end(self) -> None:
        """The same while only the end is awaited: all images on disk, closing may take longer."""
        self._check_present()
        limit_s = SILENCE_S if self.owes_images else CLOSING_S
        if not self.all_ended and self._clock() - self._last_sign > limit_s:
            raise WriterLost(
                f"the writer has sent no word for {limit_s:.0f} s after the end of the run;"
                " check jfjoch_writer and its disk"
            )

    def _check_present(self) -> None:
        """A writer may leave once its end is told; its last word may be read after it has left."""
        try:
            self._sink.check_writers()
        except WriterLost:
            self.poll()
            if not self.all_ended:
                raise

    @property
    def images_on_disk(self) -> int:
        """By the writers' own word."""
        return sum(report.images_on_disk for report in self._reports.values())

    @property
    def all_heard(self) -> bool:
        """Whether every writer has said something."""
        return len(self._reports) >= self._sink.destination_count

    @property
    def all_ended(self) -> bool:
        """Whether every writer has said that it is done."""
        ended = sum(report.is_end for report in self._reports.values())
        return ended >= self._sink.destination_count

    def _own_reports(self) -> list[WriterReport]:
        run = (self._run.number, self._run.name)
        return [x for x in self._sink.reports() if (x.run_number, x.run_name) == run]

    def _count(self, report: WriterReport) -> None:
        self._reports[report.socket_number] = report
        self._statistics.images_written(self.images_on_disk)

    def _note(self, report: WriterReport) -> None:
        self._last_sign = self._clock()
        self._count(report)
        if not report.ok:
            raise WriterLost(f"the writer could not write: {report.error}")
