"""What a master file is made from."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.end import EndMessage
from jfjoch.messages.start import StartMessage


@dataclass(frozen=True, slots=True)
class FileSpan:
    """The images of one data file."""

    number: int
    """From 0."""
    first_image: int
    image_count: int


@dataclass(frozen=True, slots=True, eq=False)
class FinishedRun:
    """Everything known about a run after its last image."""

    start: StartMessage
    end: EndMessage | None
    """None: it never came, and the run is incomplete."""
    calibration: tuple[CalibrationMessage, ...]
    original_image_ids: NDArray[np.int64]
    """[images in the files]: number of each image before any was left out."""
    images_written: int
    """Images that came to this writer and are on disk; gaps not counted."""
    has_open_gaps: bool = False
    """Whether there was no time to fill all gaps."""

    @property
    def is_incomplete(self) -> bool:
        """Whether the run did not come to its end, or its files did not."""
        return self.end is None or self.has_open_gaps

    @property
    def image_count(self) -> int:
        """Images in the files, gaps included."""
        return len(self.original_image_ids)

    def files(self) -> Iterator[FileSpan]:
        """All data files of the run, of all writers."""
        per_file = self.start.files.images_per_file or max(self.image_count, 1)
        for number, first in enumerate(range(0, self.image_count, per_file)):
            yield FileSpan(number, first, min(per_file, self.image_count - first))
