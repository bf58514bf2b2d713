"""An image sink that keeps what it is given, and can be told to be slow or to break."""

from collections.abc import Callable

from jfjoch.errors import Cancelled, WriterLost, WriterMissing
from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage
from jfjoch.messages.writer_report import WriterReport


class CollectingSink:
    """Implements ``ImageSink`` in memory."""

    def __init__(self) -> None:
        self.starts: list[StartMessage] = []
        self.images: list[ImageMessage] = []
        self.calibrations: list[CalibrationMessage] = []
        self.ends: list[EndMessage] = []
        self.writer_present = True
        self.refusals_left = 0
        """So many offers of an image find no room."""
        self.lost_after: int | None = None
        """The writer disappears after so many images."""
        self.report_queue: list[WriterReport] = []
        self.reports_configured = False
        self.destination_count = 1

    def find_writers(self, is_cancelled: Callable[[], bool]) -> None:
        if not self.writer_present:
            raise WriterMissing("no writer")
        if is_cancelled():
            raise Cancelled("cancelled before the run was armed")

    def start(self, message: StartMessage) -> None:
        self.starts.append(message)

    def send_image(self, message: ImageMessage, timeout_s: float) -> bool:
        if self.lost_after is not None and len(self.images) >= self.lost_after:
            raise WriterLost("writer has gone")
        if self.refusals_left > 0:
            self.refusals_left -= 1
            return False
        self.images.append(message)
        return True

    def send_calibration(self, message: CalibrationMessage, timeout_s: float) -> bool:
        self.calibrations.append(message)
        return True

    def end(self, message: EndMessage, timeout_s: float) -> bool:
        self.ends.append(message)
        return True

    def check_writers(self) -> None:
        if self.lost_after is not None:
            raise WriterLost("writer has gone")

    def reports(self) -> list[WriterReport]:
        taken, self.report_queue = self.report_queue, []
        return taken

    def close(self) -> None:
        pass
