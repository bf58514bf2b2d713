"""The data files of one run."""

from collections.abc import Callable

from jfjoch.messages.image import CompressedImage, ImageMessage
from jfjoch.messages.start import StartMessage
from jfjoch.nxmx.chunk_layout import ChunkLayout
from jfjoch.nxmx.data_file import DataFile
from jfjoch.nxmx.disk_reserve import DiskReserve
from jfjoch.nxmx.empty_data_file import EmptyDataFile
from jfjoch.nxmx.file_prefix import FilePrefix
from jfjoch.nxmx.partial_file import PartialFile
from jfjoch.nxmx.run_records import RunRecords
from jfjoch.writer.finished_file import FinishedFile
from jfjoch.writer.start_bytes import start_record

MAX_OPEN_FILES = 64
"""Images come out of order by less than this many files. A file still open when one more is
needed has lost images, and is closed without them."""
_DEFAULT_ALGORITHM = "bslz4"


class DataFiles:
    """Sends each image to its file; opens files when their first image comes.

    With several writers only the files of this one: file number modulo writers. Methods raise
    FileRefused, naming path and errno, when the disk does not take it; then only ``salvage``
    may follow.
    """

    def __init__(self, prefix: FilePrefix, start: StartMessage, overwrite: bool) -> None:
        self._prefix = prefix
        self._start = start
        self._overwrite = overwrite
        self._per_file = start.files.images_per_file or start.number_of_images
        self._open: dict[int, DataFile] = {}
        self._last_written: int | None = None
        self._finished: list[FinishedFile] = []
        self._closed: set[int] = set()
        self._images_in_closed = 0
        self._layout: ChunkLayout | None = None
        self._empty: EmptyDataFile | None = None
        self._reserve: DiskReserve | None = None

    @property
    def images_on_disk(self) -> int:
        """Images a reader finds even if this process is killed now."""
        return self._images_in_closed + sum(x.images_flushed for x in self._open.values())

    @property
    def current_file_number(self) -> int | None:
        """The file that took the last image; None when it is complete, or there is none."""
        return self._last_written if self._last_written in self._open else None

    def take_finished(self) -> list[FinishedFile]:
        """Return the files that are complete since the last call."""
        finished, self._finished = self._finished, []
        return finished

    def refusal(self, image_id: int, image: CompressedImage) -> str:
        """Why an image can't be written, "" if it can."""
        file_number = image_id // self._per_file
        if not self._owns(file_number):
            return "belongs to another writer"
        if file_number in self._closed:
            return "too late"
        if not self._layout_for(image.algorithm).accepts(image):
            return "not of the form the start announced"
        return ""

    def write(self, message: ImageMessage) -> None:
        """Store an image that was not refused; closes its file when it is complete."""
        self._layout = self._layout_for(message.image.algorithm)
        number, index = divmod(message.image_id, self._per_file)
        file = self._open.get(number) or self._open_file(number)
        file.write(index, message.image.payload, message.original_image_id)
        file.record(index, message)
        self._last_written = number
        if file.images_written == self._capacity(number, self._start.number_of_images):
            self._close(number, file.images_written)

    def flush(self) -> None:
        """Make everything so far safe on disk."""
        for file in self._open.values():
            file.flush()

    def finish(self, image_count: int, sign_of_life: Callable[[], bool]) -> None:
        """Close all files; those of the first ``image_count`` images that got none are made.

        None is made any more once ``sign_of_life`` returns False.
        """
        for number in range(-(-image_count // self._per_file)):
            if self._owns(number) and number not in self._closed:
                if number not in self._open:
                    if not sign_of_life():
                        continue
                    self._open_file(number)
                self._close(number, self._capacity(number, image_count), sign_of_life)
        self._release_reserve()

    def images_covered(self, image_count: int) -> int:
        """Of the first ``image_count`` images those up to the end of the last file closed."""
        last = max(self._closed, default=-1)
        return min((last + 1) * self._per_file, image_count)

    def salvage(self) -> None:
        """Close after an error, keeping what is there readable under temporary names."""
        self._release_reserve()  # closing files takes room, too
        while self._open:
            _, file = self._open.popitem()
            file.salvage()
            self._images_in_closed += file.images_flushed

    def _owns(self, file_number: int) -> bool:
        files = self._start.files
        return file_number % files.socket_count == files.socket_number

    def _capacity(self, file_number: int, image_count: int) -> int:
        """Images of a run of ``image_count`` that belong into a file."""
        return min(self._per_file, image_count - file_number * self._per_file)

    def _layout_for(self, algorithm: str) -> ChunkLayout:
        """The first image decides how the images of the run are compressed."""
        image = self._start.image
        return self._layout or ChunkLayout(
            image.height, image.width, image.dtype, image.error_value, algorithm
        )

    def _open_file(self, number: int) -> DataFile:
        if len(self._open) >= MAX_OPEN_FILES:
            lowest = min(self._open)
            self._close(lowest, self._capacity(lowest, self._start.number_of_images))
        if self._reserve is None:
            self._reserve = DiskReserve(self._prefix.directory)
        target = PartialFile(self._prefix.data_file(number), self._overwrite)
        self._open[number] = DataFile(target, self._empty_file(), number * self._per_file)
        return self._open[number]

    def _release_reserve(self) -> None:
        if self._reserve is not None:
            self._reserve.release()
        self._reserve = None

    def _empty_file(self) -> EmptyDataFile:
        """What all files of the run begin as; made once."""
        if self._empty is None:
            layout = self._layout_for(_DEFAULT_ALGORITHM)
            records = RunRecords.of(self._start)
            self._empty = EmptyDataFile(layout, start_record(self._start), records)
        return self._empty

    def _close(
        self, number: int, image_count: int, sign_of_life: Callable[[], bool] = lambda: True
    ) -> None:
        file = self._open[number]
        file.finish(image_count, sign_of_life)
        del self._open[number]
        self._closed.add(number)
        self._finished.append(FinishedFile(number, image_count))
        self._images_in_closed += file.images_written
