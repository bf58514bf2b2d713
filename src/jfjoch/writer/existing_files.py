"""Whether a run's files are there already."""

import os
import re
from collections.abc import Callable
from pathlib import Path

from jfjoch.errors import FileRefused
from jfjoch.messages.start import StartMessage
from jfjoch.nxmx.file_prefix import FilePrefix
from jfjoch.nxmx.partial_file import PARTIAL_SUFFIX
from jfjoch.nxmx.storage import writing


def refuse_existing(prefix: FilePrefix, start: StartMessage) -> None:
    """Raise FileRefused naming a file that this writer's part of the run would have to replace."""
    pattern = re.compile(rf"{re.escape(prefix.name)}_data_(\d{{6,}})\.h5")

    def is_ours(name: str) -> bool:
        match = pattern.fullmatch(name)
        if match is not None and _is_ours(int(match[1]) - 1, start):
            return True
        return start.files.write_master_file and name == prefix.master_file.name

    refuse_names(prefix.directory, is_ours)


def refuse_names(directory: Path, is_ours: Callable[[str], bool]) -> None:
    """Raise FileRefused naming a file of the directory whose name is one of a run to come.

    Unfinished files count too: they hold images of a run whose writer was killed.
    """
    with writing(directory), os.scandir(directory) as entries:
        names = [entry.name for entry in entries]
    for name in names:
        if is_ours(name.removesuffix(PARTIAL_SUFFIX)):
            raise FileRefused(
                f"{directory / name} exists and is left as it is; "
                "move it away or choose another file_prefix"
            )


def _is_ours(file_number: int, start: StartMessage) -> bool:
    files = start.files
    per_file = files.images_per_file or start.number_of_images
    last = (start.number_of_images - 1) // per_file
    return 0 <= file_number <= last and file_number % files.socket_count == files.socket_number
