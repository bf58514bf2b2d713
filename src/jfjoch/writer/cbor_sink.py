"""The broker writes the messages of the image stream as files (image_pusher "CBOR")."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from jfjoch.errors import Cancelled, FileRefused, WriterLost, WriterMissing
from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage
from jfjoch.messages.writer_report import WriterReport
from jfjoch.stream.cbor.calibration import encode_calibration
from jfjoch.stream.cbor.end import encode_end
from jfjoch.stream.cbor.image import encode_image
from jfjoch.stream.cbor.start_encoder import encode_start
from jfjoch.writer.cbor_files import CborFiles

_logger = logging.getLogger(__name__)


class _CborRun:
    """One run on its way to disk."""

    def __init__(self, start: StartMessage, files: CborFiles) -> None:
        self.start = start
        self.images_on_disk = 0
        self.is_over = False
        self._files = files
        self._error = ""

    def add(self, message: bytes) -> None:
        """Write a message. Raises WriterLost; nothing more is written then."""
        if self._error:
            raise WriterLost(self._error)
        try:
            self._files.add(message)
        except FileRefused as error:
            self._error = str(error)
            _logger.error("run %s failed: %s", self.start.run_number, error)
            raise WriterLost(self._error) from error

    def finish(self) -> None:
        """The end has come; a run without any image leaves no file, as with HDF5."""
        self.is_over = True
        if not self.images_on_disk:
            self._files.discard()

    def report(self) -> WriterReport:
        """How far it is."""
        return WriterReport(
            type="end" if self.is_over else "progress",
            run_number=self.start.run_number,
            run_name=self.start.run_name,
            socket_number=0,
            images_received=self.images_on_disk,
            images_on_disk=self.images_on_disk,
            free_bytes=self._free_bytes(),
            ok=not self._error,
            error=self._error,
        )

    def _free_bytes(self) -> int:
        try:
            return shutil.disk_usage(self._files.directory).free
        except OSError:  # the directory went away; writing will say so
            return 0


class CborImageSink:
    """An ImageSink that leaves each message, byte for byte as it would be sent, in a file.

    A message is on disk when the method returns, whatever time limit it has.
    """

    def __init__(self, root: Path) -> None:
        """Write below ``root``, which must exist."""
        self._root = root.resolve(strict=True)
        self._run: _CborRun | None = None
        self._has_news = False

    def find_writers(self, is_cancelled: Callable[[], bool]) -> None:
        """Raise Cancelled if ``is_cancelled`` says so; there is nobody to look for."""
        if is_cancelled():
            raise Cancelled("cancelled before the run was armed")

    def start(self, message: StartMessage) -> None:
        """Write the start.

        Raises WriterMissing when the run can't be written: the prefix is not allowed, files of
        that name are there already, or the disk does not take it. Raises InvalidInput for a
        header_appendix that can't be sent.
        """
        encoded = encode_start(message)
        self._run = None
        try:
            files = CborFiles.begin(self._root, message.files.file_prefix)
            files.add(encoded)
        except FileRefused as error:
            raise WriterMissing(str(error)) from error
        self._run = _CborRun(message, files)
        self._has_news = True

    def send_image(self, message: ImageMessage, timeout_s: float) -> bool:
        """Write the image. Raises WriterLost when the disk does not take it."""
        run = self._present_run
        run.add(encode_image(message, run.start.arm_date))
        run.images_on_disk += 1
        self._has_news = True
        return True

    def send_calibration(self, message: CalibrationMessage, timeout_s: float) -> bool:
        """Write the array. Raises WriterLost when the disk does not take it."""
        self._present_run.add(encode_calibration(message))
        return True

    def end(self, message: EndMessage, timeout_s: float) -> bool:
        """Write the end. Raises WriterLost when the disk does not take it."""
        run = self._present_run
        self._has_news = True
        try:
            run.add(encode_end(message))
        finally:
            run.finish()
        return True

    def check_writers(self) -> None:
        """Do nothing; there is nobody who could leave."""

    def reports(self) -> list[WriterReport]:
        """Return how far it is, if that has changed since the last call."""
        if self._run is None or not self._has_news:
            return []
        self._has_news = False
        return [self._run.report()]

    @property
    def reports_configured(self) -> bool:
        """Yes: an image counts as written when it is on disk."""
        return True

    @property
    def destination_count(self) -> int:
        """One."""
        return 1

    def close(self) -> None:
        """Do nothing; every file is closed."""

    @property
    def _present_run(self) -> _CborRun:
        assert self._run, "start() comes first"
        return self._run
