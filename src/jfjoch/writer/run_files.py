"""Everything one run leaves on disk."""

from pathlib import Path

from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import ImageMessage
from jfjoch.messages.start import StartMessage
from jfjoch.nxmx.file_prefix import FilePrefix, resolve_prefix
from jfjoch.nxmx.finished_run import FinishedRun
from jfjoch.nxmx.master_file import write_master_file
from jfjoch.writer.data_files import DataFiles
from jfjoch.writer.existing_files import refuse_existing
from jfjoch.writer.finished_file import FinishedFile
from jfjoch.writer.image_ledger import ImageLedger
from jfjoch.writer.options import WriterOptions
from jfjoch.writer.refusals import DUPLICATE
from jfjoch.writer.signs_of_life import SignsOfLife
from jfjoch.writer.start_check import check_start

_LARGEST_ORIGINAL_ID = 2**53
LONGEST_GAP = 1_000_000
"""Images in a row that may be missing. A stream that claims more is not to be believed: each of
them takes memory, and room on the disk."""


class RunFiles:
    """Data files, master file, and the book of the images in them.

    Methods raise FileRefused when the disk does not take it; then only ``salvage`` may follow.
    """

    def __init__(self, start: StartMessage, prefix: FilePrefix, overwrite: bool) -> None:
        self._start = start
        self._prefix = prefix
        self._overwrite = overwrite
        self._data = DataFiles(prefix, start, overwrite)
        self._ledger = ImageLedger()
        self._calibration: dict[str, CalibrationMessage] = {}
        self.shortfall = ""
        """Which of the gaps are not in the files, in words; "" for none."""

    @classmethod
    def begin(cls, start: StartMessage, root: Path, options: WriterOptions) -> "RunFiles":
        """Find the place of the files; nothing but directories is made yet.

        ``root`` is absolute and resolved. Raises FileRefused for a prefix that is not allowed
        and for files that are there already.
        """
        check_start(start)
        prefix = resolve_prefix(root, start.files.file_prefix, options.follow_links)
        if not options.overwrite:
            refuse_existing(prefix, start)
        return cls(start, prefix, options.overwrite)

    @property
    def directory(self) -> Path:
        """Where the files are."""
        return self._prefix.directory

    @property
    def images_on_disk(self) -> int:
        """Images a reader finds even if this process is killed now; gaps not counted."""
        return self._data.images_on_disk

    @property
    def current_file_number(self) -> int | None:
        """The data file that took the last image; None when it is complete."""
        return self._data.current_file_number

    def take_finished(self) -> list[FinishedFile]:
        """Return the data files that are complete since the last call."""
        return self._data.take_finished()

    def refusal(self, message: ImageMessage) -> str:
        """Why an image can't be written, "" if it can."""
        if not 0 <= message.image_id < self._start.number_of_images:
            return "outside the run"
        if not 0 <= message.original_image_id < _LARGEST_ORIGINAL_ID:
            return "without an original number"
        if message.image_id >= self._farthest_end:
            return "too far ahead of the others"
        if message.image_id in self._ledger:
            return DUPLICATE
        return self._data.refusal(message.image_id, message.image)

    def write(self, message: ImageMessage) -> None:
        """Store an image that was not refused."""
        self._data.write(message)
        self._ledger.enter(message.image_id, message.original_image_id)

    def keep_calibration(self, message: CalibrationMessage) -> None:
        """Remember an array for the master file; the last one of a name counts."""
        if self._start.files.write_master_file:
            self._calibration[message.name] = message

    def flush(self) -> None:
        """Make everything so far safe on disk."""
        self._data.flush()

    def finish(self, end: EndMessage, sign_of_life: SignsOfLife) -> None:
        """Close the data files and write the master file, if one is wanted.

        A run without any image leaves no file, so that it can be repeated under its name. (One
        of several writers can't know: it makes its files as long as any image was sent.)
        ``sign_of_life`` is called after each file, and for each image that never came.
        """
        claimed = self._claimed_count(end)
        image_count = min(claimed, self._farthest_end)
        if image_count < claimed:
            self.shortfall = f"the last {claimed - image_count} images never came, and have no gap"
        covered = self._close_data(image_count, sign_of_life)
        if self._start.files.write_master_file and covered:
            self._write_master(end, covered, sign_of_life)

    def abandon(self, sign_of_life: SignsOfLife) -> None:
        """Close the data files of a run whose end never came.

        The master file says so. One of several writers can't know what the others have; there
        is no master file then.
        """
        covered = self._close_data(self._ledger.end, sign_of_life)
        files = self._start.files
        if files.write_master_file and files.socket_count == 1 and covered:
            self._write_master(None, covered, sign_of_life)

    @property
    def _farthest_end(self) -> int:
        """Past the last image that can be believed in by now."""
        files = self._start.files
        per_file = files.images_per_file or self._start.number_of_images
        return self._ledger.end + LONGEST_GAP + (files.socket_count - 1) * per_file

    def _claimed_count(self, end: EndMessage) -> int:
        """Images in the files, up to the last one of the run; gaps included."""
        if self._start.files.socket_count == 1 and not self._ledger.end:
            return 0
        return min(max(end.max_image_number, self._ledger.end), self._start.number_of_images)

    def _close_data(self, image_count: int, sign_of_life: SignsOfLife) -> int:
        """Close the data files; return how many images, gaps included, they reach to."""
        self._data.finish(image_count, sign_of_life)
        if not sign_of_life.ran_out_of_time:
            return image_count
        self.shortfall = "there was no time to fill all gaps"
        return self._data.images_covered(image_count)

    def _write_master(
        self, end: EndMessage | None, image_count: int, sign_of_life: SignsOfLife
    ) -> None:
        run = FinishedRun(
            self._start,
            end,
            tuple(self._calibration.values()),
            self._ledger.original_ids(image_count),
            self.images_on_disk,
            has_open_gaps=bool(self.shortfall),
        )
        write_master_file(self._prefix, run, self._overwrite, sign_of_life.on_master)

    def salvage(self) -> None:
        """Close after an error, keeping what is there readable under temporary names."""
        self._data.salvage()
