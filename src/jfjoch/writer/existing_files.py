"""Whether a run's files are there already."""

import os
import re

from jfjoch.errors import FileRefused
from jfjoch.messages.start import StartMessage
from jfjoch.nxmx.file_prefix import FilePrefix
from jfjoch.nxmx.partial_file import PARTIAL_SUFFIX
from jfjoch.nxmx.storage import writing


def refuse_existing(prefix: FilePrefix, start: StartMessage) -> None:
    """Raise FileRefused naming a file that this writer's part of the run would have to replace.

    Unfinished files count too: they hold images of a run whose writer was killed.
    """
    pattern = re.compile(rf"{re.escape(prefix.name)}_data_(\d{{6,}})\.h5")
    with writing(prefix.directory), os.scandir(prefix.directory) as entries:
        names = {entry.name.removesuffix(PARTIAL_SUFFIX): entry.name for entry in entries}
    for name, full_name in names.items():
        match = pattern.fullmatch(name)
        ours = match is not None and _is_ours(int(match[1]) - 1, start)
        if ours or (start.files.write_master_file and name == prefix.master_file.name):
            raise FileRefused(
                f"{prefix.directory / full_name} exists and is left as it is; "
                "move it away or choose another file_prefix"
            )


def _is_ours(file_number: int, start: StartMessage) -> bool:
    files = start.files
    per_file = files.images_per_file or start.number_of_images
    last = (start.number_of_images - 1) // per_file
    return 0 <= file_number <= last and file_number % files.socket_count == files.socket_number
