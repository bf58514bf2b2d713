"""A finished run on disk, written by the functions under test."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.start import StartMessage
from jfjoch.nxmx.chunk_layout import ChunkLayout
from jfjoch.nxmx.data_file import DataFile
from jfjoch.nxmx.empty_data_file import EmptyDataFile
from jfjoch.nxmx.file_prefix import FilePrefix
from jfjoch.nxmx.finished_run import FinishedRun
from jfjoch.nxmx.master_file import write_master_file
from jfjoch.nxmx.partial_file import PartialFile
from tests.helpers.writer_messages import compressed, end_message, pixels, start_message

PEDESTAL = np.arange(512 * 1024, dtype=np.float32).reshape(512, 1024)
SaveRun = Callable[..., Path]


def finished_run(
    start: StartMessage, original_ids: tuple[int, ...], images_written: int = 0, **end: Any
) -> FinishedRun:
    """Put together what a master file is made from."""
    return FinishedRun(
        start,
        end_message(start, len(original_ids), **end),
        (CalibrationMessage(1, "run one", "pedestal_g0", PEDESTAL),),
        np.array(original_ids, np.int64),
        images_written,
    )


@pytest.fixture
def save_run(tmp_path: Path) -> SaveRun:
    """Return a function that writes a run of 7 images in files of 3, and gives its master file.

    ``came`` are the images that came, ``original_ids`` their numbers before any was left out;
    everything else changes the start message.
    """

    def save(
        came: tuple[int, ...] = tuple(range(7)),
        original_ids: tuple[int, ...] = tuple(range(7)),
        end: dict[str, Any] | None = None,
        **changes: Any,
    ) -> Path:
        start = start_message(**({"number_of_images": 7, "images_per_file": 3} | changes))
        prefix = FilePrefix(tmp_path, start.files.file_prefix)
        run = finished_run(start, original_ids, len(came), **(end or {}))
        for span in run.files():
            _write_data_file(prefix, start, span.first_image, span.image_count, came)
        write_master_file(prefix, run)
        return prefix.master_file

    return save


def _write_data_file(
    prefix: FilePrefix, start: StartMessage, first: int, count: int, came: tuple[int, ...]
) -> None:
    image = start.image
    number = first // start.files.images_per_file if start.files.images_per_file else 0
    layout = ChunkLayout(image.height, image.width, image.dtype, image.error_value, "bslz4")
    file = DataFile(PartialFile(prefix.data_file(number)), EmptyDataFile(layout), first)
    for image_id in range(first, first + count):
        if image_id in came:
            file.write(image_id - first, compressed(pixels(image_id, image.dtype)).payload)
    file.finish(count)
