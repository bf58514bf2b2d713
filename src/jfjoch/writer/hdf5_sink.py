"""The broker writes NXmx files by itself (image_pusher "HDF5")."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

from jfjoch.errors import Cancelled
from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.ports import Message
from jfjoch.messages.start import StartMessage
from jfjoch.messages.writer_report import WriterReport
from jfjoch.writer.options import WriterOptions
from jfjoch.writer.service import WriterService

_REPORT_ADDRESS = "the broker itself"
"""Not empty, so that the service reports at all."""


class _Hand:
    """An ImageSource that holds the one message that is being handed over."""

    def __init__(self) -> None:
        self._message: Message | None = None

    def put(self, message: Message) -> None:
        """Hold a message until it is received."""
        self._message = message

    def receive(self, timeout_s: float) -> Message | None:
        """Return what is held; never waits."""
        message, self._message = self._message, None
        return message

    @property
    def departures(self) -> int:
        """None: who holds the hand does not leave it."""
        return 0

    def close(self) -> None:
        """Do nothing."""


class _Reports:
    """A ReportSink that keeps what the service says until it is asked for."""

    def __init__(self) -> None:
        self._reports: list[WriterReport] = []

    def send(self, report: WriterReport) -> None:
        """Keep a report."""
        self._reports.append(report)

    def take(self) -> list[WriterReport]:
        """Return the reports since the last call."""
        taken, self._reports = self._reports, []
        return taken

    def close(self) -> None:
        """Do nothing."""


class Hdf5ImageSink:
    """An ImageSink with the writing service behind it instead of a socket.

    The files are those of jfjoch_writer. A message is taken when the method returns, whatever
    time limit it has; how much is on the disk, and what goes wrong there, is in the reports, as
    with a writer elsewhere.
    """

    def __init__(self, root: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Write below ``root``, which must exist."""
        self._hand = _Hand()
        self._reports = _Reports()
        self._service = WriterService(
            self._hand, root, WriterOptions(), lambda address: self._reports, clock
        )

    def find_writers(self, is_cancelled: Callable[[], bool]) -> None:
        """Raise Cancelled if ``is_cancelled`` says so; the writer is always there."""
        if is_cancelled():
            raise Cancelled("cancelled before the run was armed")

    def start(self, message: StartMessage) -> None:
        """Find the place of the files; whether the run is refused is in the first report."""
        files = dataclasses.replace(message.files, writer_notification_address=_REPORT_ADDRESS)
        self._write(dataclasses.replace(message, files=files))

    def send_image(self, message: ImageMessage, timeout_s: float) -> bool:
        """Write the image."""
        return self._write(message)

    def send_calibration(self, message: CalibrationMessage, timeout_s: float) -> bool:
        """Keep the array for the master file."""
        return self._write(message)

    def end(self, message: EndMessage, timeout_s: float) -> bool:
        """Close all files."""
        return self._write(message)

    def check_writers(self) -> None:
        """Do nothing; the writer can't leave."""

    def reports(self) -> list[WriterReport]:
        """Flush if it is time to, and return how far the writing is."""
        self._service.step(timeout_s=0.0)
        return self._reports.take()

    @property
    def reports_configured(self) -> bool:
        """Yes: an image counts as written when it is on disk."""
        return True

    @property
    def destination_count(self) -> int:
        """One."""
        return 1

    def close(self) -> None:
        """Close the files of a run that is not over; idempotent."""
        self._service.close()

    def _write(self, message: Message) -> bool:
        self._hand.put(message)
        return self._service.step(timeout_s=0.0)
