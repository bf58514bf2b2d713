"""One run, as the service sees it."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from jfjoch.errors import FileRefused
from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage
from jfjoch.messages.writer_report import WriterReport
from jfjoch.writer.finished_file import FinishedFile
from jfjoch.writer.notification import file_name
from jfjoch.writer.options import WriterOptions
from jfjoch.writer.refusals import DUPLICATE, Refusals
from jfjoch.writer.run_files import RunFiles
from jfjoch.writer.signs_of_life import SignsOfLife

_LONGEST_TEXT = 2000
"""Characters; two such texts fit into a report whatever they are."""

_logger = logging.getLogger(__name__)


class WriterRun:
    """Writes what comes; after a failure only counts it, so that the next run is untouched.

    No method raises for what a stream or a disk does: ``error`` says what ended the writing.
    ``root`` is absolute and resolved.
    """

    def __init__(self, start: StartMessage, root: Path, options: WriterOptions) -> None:
        self.start = start
        self.error = ""
        """Why nothing more is written, or, once it is over, what is missing; "" for nothing."""
        self.images_received = 0
        self.refusals = Refusals()
        self._images_never_came = 0
        self._root = root
        self._options = options
        self._files: RunFiles | None = None

    def begin(self) -> None:
        """Find the place of the files."""
        try:
            self._files = RunFiles.begin(self.start, self._root, self._options)
        except FileRefused as error:
            self.error = str(error)
            _logger.warning("run %s is refused: %s", self.title, error)
        else:
            _logger.info("run %s: %d images expected", self.title, self.start.number_of_images)

    @property
    def title(self) -> str:
        """The run as it is called in the log."""
        return f"{self.start.run_number} ({self.start.files.file_prefix!r:.300})"

    @property
    def is_possible(self) -> bool:
        """Whether there is, or was, a place for its files; else its start made no sense, too."""
        return self._files is not None

    @property
    def images_on_disk(self) -> int:
        """Images a reader finds even if this process is killed now."""
        return self._files.images_on_disk if self._files else 0

    @property
    def images_lost(self) -> int:
        """Images not on disk and not to be; those that never came count once the run is over."""
        duplicates = self.refusals.count(DUPLICATE)
        if self.error:
            lost = self.images_received - self.images_on_disk - duplicates
        else:
            lost = self.refusals.total - duplicates
        return max(0, lost) + self._images_never_came

    @property
    def current_file(self) -> str:
        """The data file being written, relative to the root; "" for none."""
        number = self._files.current_file_number if self._files else None
        return "" if number is None else file_name(self.start.files.file_prefix, number)

    @property
    def free_bytes(self) -> int:
        """Room where the files are; 0 when it can't be found out."""
        try:
            return shutil.disk_usage(self._files.directory if self._files else self._root).free
        except OSError:  # the directory went away; writing will say so
            return 0

    def take_finished(self) -> list[FinishedFile]:
        """Return the data files that are complete since the last call."""
        return self._files.take_finished() if self._files else []

    def owns(self, run_number: int, run_name: str) -> bool:
        """Whether a message of that run is one of this run."""
        return (run_number, run_name) == (self.start.run_number, self.start.run_name)

    def is_started_by(self, start: StartMessage) -> bool:
        """Whether a start is the one of this run, come again."""
        same_date = start.arm_date == self.start.arm_date
        return same_date and self.owns(start.run_number, start.run_name)

    def take_image(self, message: ImageMessage) -> None:
        """Write an image, or count why not."""
        self.images_received += 1
        self._write(lambda files: self._store(files, message))

    def take_calibration(self, message: CalibrationMessage) -> None:
        """Keep an array for the master file."""
        self._write(lambda files: files.keep_calibration(message))

    def flush(self) -> None:
        """Make everything so far safe on disk."""
        self._write(lambda files: files.flush())

    def finish(self, end: EndMessage, sign_of_life: SignsOfLife) -> None:
        """Close all files; the end of the run has come.

        May take long, and calls ``sign_of_life`` every now and then.
        """
        self._write(lambda files: files.finish(end, sign_of_life))
        self._conclude("" if self.error else self._nothing_came(end), end.max_image_number)

    def take_late_image(self) -> None:
        """Count an image that came after the run was given up."""
        self.images_received += 1

    def abandon(self, reason: str, sign_of_life: SignsOfLife) -> None:
        """Close all files without the end of the run; the master file says that it is missing."""
        self._write(lambda files: files.abandon(sign_of_life))
        self._conclude("" if self.error else reason, self.images_received)

    def report(self, kind: Literal["progress", "end"]) -> WriterReport:
        """How far it is, for the broker."""
        return WriterReport(
            type=kind,
            run_number=self.start.run_number,
            run_name=self.start.run_name[:_LONGEST_TEXT],
            socket_number=self.start.files.socket_number,
            images_received=self.images_received,
            images_on_disk=self.images_on_disk,
            free_bytes=self.free_bytes,
            ok=not self.error,
            error=self.error[:_LONGEST_TEXT],
        )

    def _write(self, action: Callable[[RunFiles], None]) -> None:
        """Do something with the files, unless there are none; a failure ends the writing."""
        if self._files is None or self.error:
            return
        try:
            action(self._files)
        except FileRefused as error:
            self.error = str(error)
            _logger.error("run %s failed: %s", self.title, error)
            self._files.salvage()

    def _store(self, files: RunFiles, message: ImageMessage) -> None:
        refusal = files.refusal(message)
        if not refusal:
            files.write(message)
            return
        self.refusals.add(refusal, message.image_id)
        if self.refusals.count(refusal) == 1:
            _logger.warning("run %s: image %d: %s", self.title, message.image_id, refusal)

    @property
    def _is_sole_writer(self) -> bool:
        return self.start.files.socket_count == 1

    def _nothing_came(self, end: EndMessage) -> str:
        if not self._is_sole_writer or self.images_received or not end.max_image_number:
            return ""
        return f"none of {end.images_sent} images came; no file is made"

    def _conclude(self, trouble: str, images_sent: int) -> None:
        """Add up what is missing and tell it.

        ``images_sent`` counts the images of all writers of the run.
        """
        shortfall = self._files.shortfall if self._files else ""
        reasons = (self.error, trouble, shortfall, self.refusals.losses)
        self.error = "; ".join(reason for reason in reasons if reason)
        self._tell_outcome(images_sent)

    def _tell_outcome(self, images_sent: int) -> None:
        """One line: what is on disk, and what is not and why."""
        missing = max(0, images_sent - self.images_received) if self._is_sole_writer else 0
        self._images_never_came = missing
        text = f"{self.images_on_disk} images on disk of {self.images_received} received"
        if missing:
            text += f", {missing} never came"
        if self.refusals.duplicates:
            text += f", {self.refusals.duplicates}"
        if self.error:
            text += f"; {self.error}"
        whole = self.images_on_disk == self.images_received and not missing and not self.error
        _logger.log(logging.INFO if whole else logging.WARNING, "run %s: %s", self.title, text)
