"""What the broker is told of a run whose files were mended."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from jfjoch.messages.start import StartMessage
from jfjoch.messages.writer_report import WriterReport


def recovery_reports(
    start: StartMessage, directory: Path, numbers: Iterable[int], images: Mapping[int, int]
) -> Iterator[WriterReport]:
    """Return one report for each writer of the run that has left files in the directory.

    ``numbers`` are those of the files that were found, from 0; ``images`` says how many images
    can be read in a file, nothing for one that can't be.
    """
    writers = start.files.socket_count
    found = dict.fromkeys(sorted(number % writers for number in numbers), 0)
    for number, count in images.items():
        found[number % writers] = found.get(number % writers, 0) + count
    for socket_number, count in found.items():
        yield WriterReport(
            type="recovered",
            run_number=start.run_number,
            run_name=start.run_name,
            socket_number=socket_number,
            images_received=count,
            images_on_disk=count,
            free_bytes=shutil.disk_usage(directory).free,
            ok=True,
        )
