"""No image stream at all (image_pusher "None", or nothing to be saved)."""

from collections.abc import Callable

from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage
from jfjoch.messages.writer_report import WriterReport


class NullImageSink:
    """An ImageSink that takes everything at once and keeps nothing."""

    def find_writers(self, is_cancelled: Callable[[], bool]) -> None:
        """Do nothing; nobody is looked for."""

    def start(self, message: StartMessage) -> None:
        """Do nothing; there is nobody to miss."""

    def send_image(self, message: ImageMessage, timeout_s: float) -> bool:
        """Take the image."""
        return True

    def send_calibration(self, message: CalibrationMessage, timeout_s: float) -> bool:
        """Take the array."""
        return True

    def end(self, message: EndMessage, timeout_s: float) -> bool:
        """Take the end."""
        return True

    def check_writers(self) -> None:
        """Do nothing; there is nobody to miss."""

    def reports(self) -> list[WriterReport]:
        """Return nothing: no writer, no report."""
        return []

    @property
    def reports_configured(self) -> bool:
        """No."""
        return False

    @property
    def destination_count(self) -> int:
        """None."""
        return 0

    def close(self) -> None:
        """Do nothing."""
