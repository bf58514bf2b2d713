"""Finishing what a killed writer left."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jfjoch.errors import FileInUse, FileRefused
from jfjoch.messages.start import StartMessage
from jfjoch.messages.writer_report import WriterReport
from jfjoch.nxmx.chunk_layout import ChunkLayout
from jfjoch.nxmx.data_file import DataFile
from jfjoch.nxmx.empty_data_file import EmptyDataFile
from jfjoch.nxmx.finished_run import FinishedRun
from jfjoch.nxmx.image_fields import NO_NUMBER
from jfjoch.nxmx.interrupted_file import DataFileContent, finish_data_file, read_data_file
from jfjoch.nxmx.master_file import write_master_file
from jfjoch.nxmx.partial_file import PartialFile
from jfjoch.nxmx.run_records import RunRecords
from jfjoch.writer.image_ledger import ImageLedger
from jfjoch.writer.interrupted_run import InterruptedRun, find_runs
from jfjoch.writer.recovery_report import recovery_reports
from jfjoch.writer.start_bytes import recorded_start, start_record
from jfjoch.writer.stray_files import remove_placeholders, remove_second_names, remove_stray_files

Tell = Callable[[str, WriterReport], None]
"""Gives a report to the broker at an address."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, and done about it, in one file or run."""

    path: Path
    text: str
    is_whole: bool
    """Whether nothing is missing."""


def _tell_nobody(address: str, report: WriterReport) -> None:
    pass


def recover(directory: Path, tell: Tell = _tell_nobody) -> Iterator[Finding]:
    """Finish the files of all interrupted runs below a directory, one by one.

    Nothing that has its final name is touched. A run of which a process still writes a file is
    left alone, but between two files nothing shows that it does. ``tell`` is given what the
    broker of a run that was mended is to know, if the run says where that broker listens.
    """
    for path in remove_stray_files(directory):
        yield Finding(path, "held nothing yet; removed", True)
    for path in remove_placeholders(directory):
        yield Finding(path, "held nothing, and was in the way of the real one; removed", True)
    for path in remove_second_names(directory):
        yield Finding(path, "the file has its final name, too; this one removed", True)
    for run in find_runs(directory):
        try:
            yield from _Recovery(run, tell).findings()
        except FileInUse as error:
            yield Finding(run.prefix.directory / run.prefix.name, f"left alone: {error}", False)


class _Recovery:
    """One run."""

    def __init__(self, run: InterruptedRun, tell: Tell) -> None:
        self._run = run
        self._tell = tell
        self._contents: dict[int, DataFileContent] = {}
        self._start: StartMessage | None = None

    def findings(self) -> Iterator[Finding]:
        """Mend the run. Raises FileInUse before anything but last changes of files was made."""
        is_interrupted = bool(self._run.unfinished)
        unreadable = list(self._read())
        self._start = self._recorded_start()
        if not is_interrupted and not self._wants_master:
            return  # finished, and never to have a master; or not a run of ours
        yield from unreadable
        yield from self._drop_empty_files()
        for number in sorted(self._run.unfinished & set(self._contents)):
            yield self._finish(number)
        yield from self._make_missing_files()
        yield self._make_master() if self._wants_master else self._sum_up(self._place)
        self._tell_broker()

    @property
    def _place(self) -> Path:
        return self._run.prefix.directory / self._run.prefix.name

    def _read(self) -> Iterator[Finding]:
        """Read all data files; those that can't be are told."""
        both = self._run.finished & self._run.unfinished
        for number in sorted(both):
            path = self._run.prefix.data_file(number)
            text = f"is there finished and as {path.name}.partial; both are left as they are"
            yield Finding(path, text, False)
        self._run.unfinished -= both
        for number in sorted(self._run.finished | self._run.unfinished):
            path = self._run.path(number)
            try:
                self._contents[number] = read_data_file(path, number in self._run.finished)
            except FileInUse:
                raise
            except FileRefused as error:
                yield Finding(path, f"left as it is: {error}", False)

    def _recorded_start(self) -> StartMessage | None:
        """Return the start of the run; with several writers that of the one with the master."""
        starts = [recorded_start(content.start_message) for content in self._contents.values()]
        known = [start for start in starts if start is not None]
        return max(known, key=lambda start: start.files.write_master_file, default=None)

    @property
    def _wants_master(self) -> bool:
        return (
            self._start is not None
            and self._start.files.write_master_file
            and not self._run.has_master
            and any(content.image_count for content in self._contents.values())
        )

    @property
    def _last_number(self) -> int:
        """The last file with an image; -1 for none."""
        held = (number for number, content in self._contents.items() if content.image_count)
        return max(held, default=-1)

    @property
    def _per_file(self) -> int:
        """Images of a full file; 0 = not known."""
        if self._start is None:
            return max((len(content.valid) for content in self._contents.values()), default=0)
        return self._start.files.images_per_file or self._start.number_of_images

    @property
    def _images_found(self) -> int:
        return sum(content.image_count for content in self._contents.values())

    def _drop_empty_files(self) -> Iterator[Finding]:
        """Remove unfinished files without an image that lie after the last one with any."""
        for number in sorted(self._run.unfinished & set(self._contents)):
            if number > self._last_number:
                path = self._run.path(number)
                with suppress(OSError):  # it will be in the way of a run of the same name, no more
                    path.unlink()
                del self._contents[number]
                yield Finding(path, "held no image; removed", True)

    def _finish(self, number: int) -> Finding:
        content, path = self._contents[number], self._run.path(number)
        target = PartialFile(self._run.prefix.data_file(number))
        count = self._per_file if number < self._last_number else len(content.valid)
        try:
            finish_data_file(target, content, count)
        except FileRefused as error:
            return Finding(path, f"left as it is: {error}", False)
        text = f"{content.image_count} of {count} images; now {target.path.name}"
        return Finding(path, text, content.image_count == count)

    def _make_missing_files(self) -> Iterator[Finding]:
        """Make files of gaps before the last one, as readers stop where one is missing."""
        if self._start is None or self._start.files.socket_count > 1:
            return  # the files of other writers may be elsewhere
        known = self._run.finished | self._run.unfinished
        empty = EmptyDataFile(
            _layout(self._start), start_record(self._start), RunRecords.of(self._start)
        )
        for number in sorted(set(range(self._last_number)) - known):
            target = PartialFile(self._run.prefix.data_file(number))
            try:
                DataFile(target, empty, number * self._per_file).finish(self._per_file)
            except FileRefused as error:
                yield Finding(target.path, str(error), False)
            else:
                yield Finding(target.path, "was not there; made, without an image", False)

    def _make_master(self) -> Finding:
        assert self._start is not None
        master = self._run.prefix.master_file
        numbers = self._original_numbers(self._start)
        run = FinishedRun(self._start, None, (), numbers, self._images_found)
        PartialFile(master).discard()  # all that can be in it comes from the data files
        try:
            write_master_file(self._run.prefix, run)
        except FileRefused as error:
            return Finding(master, str(error), False)
        return self._sum_up(master, "made, marked as incomplete: ")

    def _tell_broker(self) -> None:
        """Say how many images there are, now that no more can be lost."""
        if self._start is None or not self._start.files.writer_notification_address:
            return
        images = {number: content.image_count for number, content in self._contents.items()}
        numbers = self._run.finished | self._run.unfinished
        for report in recovery_reports(self._start, self._run.prefix.directory, numbers, images):
            self._tell(self._start.files.writer_notification_address, report)

    def _original_numbers(self, start: StartMessage) -> NDArray[np.int64]:
        ledger = ImageLedger()
        for file_number, content in self._contents.items():
            first = file_number * self._per_file
            for index, number in enumerate(content.numbers.tolist()):
                if number != NO_NUMBER:
                    ledger.enter(first + index, number)
        last = self._last_number
        end = last * self._per_file + len(self._contents[last].valid)
        return ledger.original_ids(min(end, start.number_of_images))

    def _sum_up(self, path: Path, before: str = "") -> Finding:
        if self._start is None:
            text = f"{self._images_found} images; how the run began is not known"
            return Finding(path, text, False)
        expected = self._start.number_of_images
        text = f"{before}{self._images_found} of {expected} images"
        return Finding(path, text, self._images_found == expected)


def _layout(start: StartMessage) -> ChunkLayout:
    image = start.image
    return ChunkLayout(image.height, image.width, image.dtype, image.error_value, "bslz4")
