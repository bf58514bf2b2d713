"""Where messages go to and come from; what broker and writer are built against."""

from collections.abc import Callable
from typing import Protocol

from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.metadata import MetadataMessage
from jfjoch.messages.start import StartMessage
from jfjoch.messages.writer_report import WriterReport

Message = StartMessage | ImageMessage | CalibrationMessage | MetadataMessage | EndMessage


class ImageSink(Protocol):
    """Takes the messages of one run after another. Not thread-safe: one sender at a time."""

    def find_writers(self, is_cancelled: Callable[[], bool]) -> None:
        """Return when all writers are there.

        Raises WriterMissing when they do not come, Cancelled as soon as ``is_cancelled`` says so.
        """

    def start(self, message: StartMessage) -> None:
        """Open the run.

        Raises WriterMissing when not every writer takes it; then no image of it may be sent, and
        nothing is left behind that the next start does not clear away.
        """

    def send_image(self, message: ImageMessage, timeout_s: float) -> bool:
        """Hand over one image; False when there was no room within the time.

        Raises WriterLost when the peer has gone.
        """

    def send_calibration(self, message: CalibrationMessage, timeout_s: float) -> bool:
        """Hand over one calibration array; False when there was no room within the time."""

    def end(self, message: EndMessage, timeout_s: float) -> bool:
        """Close the run; False when the end could not be handed over within the time."""

    def check_writers(self) -> None:
        """Raise WriterLost when a writer of the run has gone."""

    def reports(self) -> list[WriterReport]:
        """What writers have said since the last call; never blocks."""

    @property
    def reports_configured(self) -> bool:
        """Whether writers can answer at all."""

    @property
    def destination_count(self) -> int:
        """Writers the run is split over; each sends its own end report."""

    def close(self) -> None:
        """Let go of sockets; idempotent."""


class RunObserver(Protocol):
    """Is shown every image of a run, saved or not.

    Thread-safe and quick, as the workers call it; what takes long belongs to a thread of its own.
    """

    def run_started(self, start: StartMessage) -> None:
        """A run begins; the one before has ended."""

    def image_finished(self, image: ImageMessage) -> None:
        """A worker has finished an image; images come in any order."""

    def run_ended(self, end: EndMessage) -> None:
        """No image comes any more, whether the run was whole or has failed."""


class RunPublisher(Protocol):
    """Tells whoever listens; nobody need, and nobody is waited for.

    Used by one thread at a time. Each run begins with ``start``, which may come again.
    """

    def start(self, message: StartMessage) -> None:
        """Tell of the run that the following messages belong to."""

    def image(self, message: ImageMessage) -> None:
        """Show one image."""

    def metadata(self, message: MetadataMessage) -> None:
        """Tell the numbers of images."""

    def end(self, message: EndMessage) -> None:
        """Tell that nothing more of the run comes."""


class ImageSource(Protocol):
    """Gives messages in the order they came."""

    def receive(self, timeout_s: float) -> Message | None:
        """Return the next message, or None when none came within the time.

        Raises StreamError for bytes that are not a message; the source stays usable.
        """

    @property
    def departures(self) -> int:
        """How often the sender went away so far; it may have come back each time."""

    def close(self) -> None:
        """Let go of sockets; idempotent."""


class ReportSink(Protocol):
    """Takes a writer's reports to the broker; a report that can't be handed over is dropped."""

    def send(self, report: WriterReport) -> None:
        """Hand over one report; never blocks."""

    def close(self) -> None:
        """Let go of the socket after at most a short linger; idempotent."""
